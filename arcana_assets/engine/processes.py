"""Processes: a name for this one that no other ever has, and whether the one of a name still lives.

Belongs here: what the operating system knows of processes. Does not belong here: the runs (`graph.process`) and leases
(`lake.lease`) that go on in them.
"""

import os
import socket
import subprocess
from pathlib import Path


def this_machine(process: str) -> bool:
    """Whether the process that this names is, or was, one of this machine."""
    return process.rsplit(" ", 2)[0] == _machine()


def this_process() -> str:
    """Machine, process id and start of this process, separated by blanks."""
    return f"{_machine()} {os.getpid()} {_started(os.getpid())}"


def dead(process: str) -> bool:
    """Whether the process that this names, of this machine, is gone; of one of another machine nothing is known."""
    machine, number, started = process.rsplit(" ", 2)
    return machine == _machine() and _started(int(number)) != started


def _machine() -> str:
    """The machine, or the container: process ids mean nothing in another one."""
    space, boot = Path("/proc/self/ns/pid"), Path("/proc/sys/kernel/random/boot_id")
    if not (space.is_symlink() and boot.exists()):
        return socket.gethostname()
    # Machines made of one image have one name, and the first space of processes of each has the same number.
    return f"{socket.gethostname()}/{boot.read_text().strip()}/{os.readlink(space)}"


def _started(number: int) -> str:
    """When a process began, in a word; `gone` where none of this number lives. A number alone is given out again."""
    if Path("/proc/self/stat").exists():
        try:
            fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return "gone"
        return "gone" if fields[0] in "ZX" else fields[19]  # a zombie is dead, its parent has not looked yet
    asked = ["ps", "-o", "lstart=", "-p", str(number)]
    told = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603
    return "_".join(told.stdout.split()) or "gone"
