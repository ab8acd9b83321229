"""The Dagster instance of a deployment: its folder, its settings, and who may read what its processes write.

Belongs here: what has to be so before Dagster begins in this process or in one that it starts. Does not belong here:
what a deployment is (`deployment`), how the instance stores its events (`graph.instance_storage`).
"""

import fcntl
import hashlib
import logging
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import dagster as dg

import arcana_assets
from arcana_assets.deployment import Deployment
from arcana_assets.domain.errors import ArcanaError

CREATING = ".creating"  # in the instance's folder: locked while it is opened
PACKAGE = Path(arcana_assets.__file__).parent
_PASSWORD = re.compile(r"(://[^\s:/@]*:)[^\s@]*@")  # of an address that an error repeats


def settle(deployment: Deployment) -> None:
    """Makes the instance's folder, for its owner only, puts the settings of the instance into it, and tells Dagster.

    So nothing is written elsewhere. Raises ArcanaError where the folder cannot be written.
    """
    # Tables, runs and logs are about customers: of what this process and those that it starts write, others see nothing
    # but published files.
    os.umask(0o077)
    home = Path(deployment.home)
    settings = next(path for path in (PACKAGE.parent / "dagster.yaml", PACKAGE / "dagster.yaml") if path.exists())
    try:
        home.mkdir(parents=True, exist_ok=True)
        if home.stat().st_uid == os.getuid():
            home.chmod(0o700)
        _copy_unless_edited(settings, home / "dagster.yaml")
    except OSError as refused:
        raise ArcanaError(
            f"cannot keep the Dagster instance in {home} ({refused}). Set ARCANA_HOME to a folder that can be written."
        ) from refused
    # The events of a table's months are stored together. Dagster reads it in each process.
    os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", "1000")
    # Absolute, because the processes that Dagster starts may run in another folder.
    os.environ |= {
        "DAGSTER_HOME": str(home),
        "ARCANA_HOME": str(home),
        "ARCANA_LAKE": deployment.lake,
        "ARCANA_LANDING": deployment.landing,
        "ARCANA_DEFS": os.pathsep.join(deployment.defs),
    }


def _copy_unless_edited(settings: Path, copy: Path) -> None:
    """Settings that somebody changed in the instance's folder stay; ours are brought up to date."""
    mark = copy.with_name(".dagster.yaml.sha256")
    told = mark.read_text() if mark.exists() else ""
    if copy.exists() and hashlib.sha256(copy.read_bytes()).hexdigest() != told:
        return
    shutil.copyfile(settings, copy)
    mark.write_text(hashlib.sha256(settings.read_bytes()).hexdigest())


@contextmanager
def instance_of(deployment: Deployment) -> Iterator[dg.DagsterInstance]:
    """The instance, of which Dagster's own log says only what is critical.

    Raises ArcanaError as `settle` does, and where the storage that its settings name cannot be opened.
    """
    settle(deployment)
    logging.getLogger("dagster").setLevel(logging.CRITICAL)
    with _one_at_a_time(Path(deployment.home)):  # its tables are made by whoever comes first, and by nobody beside
        instance = _opened(Path(deployment.home))
    with instance:
        yield instance


def _opened(home: Path) -> dg.DagsterInstance:
    try:
        return dg.DagsterInstance.get()
    except Exception as refused:  # each storage that the settings may name raises errors of its own
        cause: BaseException = refused
        while (deeper := cause.__cause__ or cause.__context__) is not None:
            cause = deeper
        said = _PASSWORD.sub(r"\1***@", " ".join(str(cause).split())) or type(cause).__name__
        raise ArcanaError(
            f"cannot open the Dagster instance that {home / 'dagster.yaml'} describes: {said}. Where it is a "
            "server, see that it runs, and that the environment has its address and password (docs/operate.md)."
        ) from None


@contextmanager
def _one_at_a_time(home: Path) -> Iterator[None]:
    """Waits until no other process of this machine opens the instance; where there are no file locks, for nothing."""
    with (home / CREATING).open("a") as lock:
        with suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
