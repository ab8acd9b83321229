"""The lease of a domain: who may write its tables, one at a time, whoever started it and on whichever machine.

Belongs here: taking, keeping and giving back. Does not belong here: where it is kept (`lease_place`), the run that it
is for (`graph.leases`).

A lease is a file with a number. To take one is to create the file of the next number, which one of several rivals can;
whoever finds a higher number than his has lost his. So nothing depends on a lock of the file system, and a holder that
was away for long (a machine that slept) is told before it commits.
"""

import json
import math
import threading
import time
import uuid
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

from arcana_assets.domain.errors import ArcanaError
from arcana_assets.engine.processes import dead, this_process
from arcana_assets.lake.errors import LakeError
from arcana_assets.lake.lease_place import Found, Place, place_of

HEARTBEAT_SECONDS = 20.0
EXPIRES_SECONDS = 180.0  # without a sign of life
WATCHED_SECONDS = 45.0  # more than two heartbeats; for clocks that differ, and file systems that tell late


@dataclass(frozen=True)
class Holder:
    """Who holds a lease: a run, the process that it goes on in, since when; `over` once it was given back.

    `token` is of this taking alone.
    """

    run_id: str
    process: str
    since: str
    token: str
    over: bool = False

    def __str__(self) -> str:
        machine, number, _ = self.process.rsplit(" ", 2)
        return f"run {self.run_id} (process {number} on {machine.partition('/')[0]}) since {self.since}"


class LeaseHeld(LakeError):
    """Raised where another run writes the tables of the domain."""

    def __init__(self, domain: str, root: str, holder: Holder, silent: float):
        self.holder = holder
        super().__init__(
            f"{domain} in {root} is being written by {holder}; its last sign of life was {silent:.0f} s ago. Nothing "
            "of this run was written, for two at once would mix their tables. Wait until that run is over or stop it, "
            f"then run this one again. A run whose process is gone on another machine holds {domain} for "
            f"{(EXPIRES_SECONDS + WATCHED_SECONDS) / 60:.0f} minutes at most."
        )


class LeaseLost(LakeError):
    """Raised where a run that held a domain was silent so long that another one took it over."""

    def __init__(self, domain: str, by: Holder | None):
        whom = f"by {by} " if by else ""
        super().__init__(
            f"{domain} was taken over {whom}while this run gave no sign of life (a machine that slept, a disk or a "
            "network that was away). Nothing more of this run is written. Run it again when the other one is over."
        )


class Lease:
    """The right to write the tables of a domain; a thread says every HEARTBEAT_SECONDS that its holder lives."""

    def __init__(self, domain: str, place: Place, number: int, holder: Holder, taken_from: Holder | None) -> None:
        self.number = number
        self.taken_from = taken_from
        """Whose lease it was, where that one is dead and had not given it back."""
        self._domain, self._place, self._holder = domain, place, holder
        self._confirmed = time.time()  # a clock that goes on while a machine sleeps
        self._turn, self._given_back = threading.Lock(), threading.Event()
        self._lost: LeaseLost | None = None
        self._heart = threading.Thread(target=self._beat, name=f"lease of {domain}", daemon=True)
        self._heart.start()

    @classmethod
    def take(cls, root: str, domain: str, run_id: str) -> "Lease":
        """The lease of the domain in the lake at `root`, an `s3://` prefix or a folder.

        That of a holder whose process on this machine is gone is taken at once; one of another machine where there
        was no sign of life for EXPIRES_SECONDS, nor while it is watched for another WATCHED_SECONDS; one that this run
        and process holds is gone on with. Raises LeaseHeld where the holder lives, LakeError where the place cannot be
        written, BadTableName, BadRoot.
        """
        place = place_of(root, domain)
        holder = Holder(run_id, this_process(), f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC", uuid.uuid4().hex)
        while True:
            found = place.latest()
            before = _holder(found)
            if found and before and not before.over and (before.run_id, before.process) == (run_id, holder.process):
                return cls(domain, place, found.number, before, None)  # taken before something else went wrong
            if found and before and not before.over and _lives(place, found, before):
                raise LeaseHeld(domain, root, before, found.silent)
            number = found.number + 1 if found else 1
            created = place.create(number, _text(holder))
            # It is ours if it says so: somebody may have been faster, or the answer of a bucket that created it lost.
            after = place.latest()
            if after is not None and after.text == _text(holder):
                place.remove_below(after.number)
                return cls(domain, place, after.number, holder, None if before is None or before.over else before)
            if created:  # a lower number than another's, from a list that was old by then
                place.remove(number)

    def confirm(self) -> None:
        """Raises LeaseLost where somebody else took it over, LakeError where that cannot be asked any more."""
        if self._lost is None and time.time() - self._confirmed > EXPIRES_SECONDS / 2:
            self._renew()
        if self._lost is not None:
            raise self._lost

    def give_back(self) -> None:
        """Lets the next one take it at once. Never raises: where it fails, the lease expires."""
        self._given_back.set()
        self._heart.join()
        if self._lost is None:
            try:
                self._place.rewrite(self.number, _text(replace(self._holder, over=True)))
            except ArcanaError:
                return

    def __enter__(self) -> "Lease":
        return self

    def __exit__(self, *_: object) -> None:
        self.give_back()

    def _beat(self) -> None:
        while not self._given_back.wait(HEARTBEAT_SECONDS) and self._lost is None:
            try:
                self._renew()
            except ArcanaError:  # the next beat may come through; `confirm` raises what lasts
                continue

    def _renew(self) -> None:
        with self._turn:
            now = time.time()
            latest = self._place.latest()
            if latest is None or (latest.number, latest.text) != (self.number, _text(self._holder)):
                self._lost = LeaseLost(self._domain, _holder(latest))
                return
            self._place.rewrite(self.number, _text(self._holder))
            self._confirmed = now


def last_sign_of(root: str, domain: str, number: int) -> float | None:
    """Seconds since the last sign of life of the holder of a lease, by its number; None where there is no such lease.

    Of one that another took over since: for ever.
    """
    found = place_of(root, domain).latest()
    if found is None or found.number < number:
        return None
    return found.silent if found.number == number else math.inf


def _lives(place: Place, found: Found, holder: Holder) -> bool:
    if dead(holder.process):
        return False
    if found.silent <= EXPIRES_SECONDS:
        return True
    time.sleep(WATCHED_SECONDS)
    return place.latest() != found


def _text(holder: Holder) -> str:
    return json.dumps(asdict(holder))


def _holder(found: Found | None) -> Holder | None:
    """Who is named; somebody unknown for a file that is being written, or that was cut."""
    if found is None:
        return None
    try:
        return Holder(**json.loads(found.text))
    except (ValueError, TypeError):
        return Holder("(not yet named)", "an unknown machine ? ?", "a moment ago", "")
