"""The lease of a domain for as long as a run goes on.

Belongs here: one lease a domain and run, taken by its first step, given back with the run's resources. Does not belong
here: what a lease is (`lake.lease`).
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import dagster as dg

from arcana_assets.graph.process import DOMAIN_TAG, LEASE_TAG
from arcana_assets.graph.run import permitted
from arcana_assets.lake.lease import Lease, LeaseHeld

REFUSED_AT_ONCE = "arcana/refused_at_once"
"""Run tag of a run that somebody waits for: where another one writes the domain, they are told."""
PATIENCE_SECONDS = 3600.0  # of a run that nobody waits for, such as a nightly one: its night would be lost
LOOK_SECONDS = 30.0  # between two looks of a run that waits


@dataclass
class Leases:
    """The leases that the runs of this process hold of the domains of one lake."""

    root: str
    _held: dict[tuple[str, str], Lease] = field(default_factory=dict)
    _refused: dict[tuple[str, str], LeaseHeld] = field(default_factory=dict)

    def take(self, step: dg.OpExecutionContext, domain: str) -> None:
        """Takes the domain for the run of a step, unless the run has it.

        A run that nobody sits before waits for up to PATIENCE_SECONDS; one with the tag REFUSED_AT_ONCE does not. A run
        that was refused once is refused for good. Raises LeaseHeld, LeaseLost, LakeError, and what `permitted` raises
        where the run is stopped while it waits.
        """
        wanted = domain, step.run_id
        if (lease := self._held.get(wanted)) is not None:
            lease.confirm()
            return
        if wanted in self._refused:
            raise self._refused[wanted]
        try:
            lease = self._held[wanted] = self._taken(step, domain)
        except LeaseHeld as refused:
            self._refused[wanted] = refused
            raise
        told = {DOMAIN_TAG: domain, LEASE_TAG: str(lease.number)}
        step.instance.add_run_tags(step.run_id, told)
        if lease.taken_from is not None:
            step.log.warning(f"{domain} was held by {lease.taken_from}, which is gone; this run took it over.")

    def _taken(self, step: dg.OpExecutionContext, domain: str) -> Lease:
        patience = 0.0 if REFUSED_AT_ONCE in step.run.tags else PATIENCE_SECONDS
        begun = time.monotonic()
        while True:
            try:
                return Lease.take(self.root, domain, step.run_id)
            except LeaseHeld as held:
                if time.monotonic() - begun >= patience:
                    raise
                step.log.warning(f"waiting: {held}")
            until = min(time.monotonic() + LOOK_SECONDS, begun + patience)
            while time.monotonic() < until:
                permitted(step.instance, step.run_id)
                time.sleep(min(1.0, max(until - time.monotonic(), 0.0)))

    def permitted(self, instance: dg.DagsterInstance, run_id: str, domain: str) -> None:
        """Raises where a run may not commit: it was stopped, or another one took the domain over."""
        permitted(instance, run_id)
        if (lease := self._held.get((domain, run_id))) is not None:
            lease.confirm()

    @contextmanager
    def held(self, step: dg.OpExecutionContext, domain: str) -> Iterator[Lease]:
        """The lease of a domain for as long as the `with`. Raises as `take` does."""
        try:
            self.take(step, domain)
            yield self._held[domain, step.run_id]
        finally:
            self.give_back()

    def give_back(self) -> None:
        """Gives back all of them."""
        while self._held:
            self._held.popitem()[1].give_back()
