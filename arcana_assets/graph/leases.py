"""The lease of a domain for as long as a run goes on.

Belongs here: one lease a domain and run, taken by its first step, given back with the run's resources. Does not belong
here: what a lease is (`lake.lease`).
"""

from dataclasses import dataclass, field

import dagster as dg

from arcana_assets.graph.run import permitted
from arcana_assets.lake.lease import Lease, LeaseHeld


@dataclass
class Leases:
    """The leases that the runs of this process hold of the domains of one lake."""

    root: str
    _held: dict[tuple[str, str], Lease] = field(default_factory=dict)
    _refused: dict[tuple[str, str], LeaseHeld] = field(default_factory=dict)

    def take(self, step: dg.OpExecutionContext, domain: str) -> None:
        """Takes the domain for the run of a step, unless the run has it.

        A run that was refused once is refused for good. Raises LeaseHeld, LeaseLost, LakeError.
        """
        wanted = domain, step.run_id
        if (lease := self._held.get(wanted)) is not None:
            lease.confirm()
            return
        if wanted in self._refused:
            raise self._refused[wanted]
        try:
            lease = self._held[wanted] = Lease.take(self.root, *wanted)
        except LeaseHeld as refused:
            self._refused[wanted] = refused
            raise
        if lease.taken_from is not None:
            step.log.warning(f"{domain} was held by {lease.taken_from}, which is gone; this run took it over.")

    def permitted(self, instance: dg.DagsterInstance, run_id: str, domain: str) -> None:
        """Raises where a run may not commit: it was stopped, or another one took the domain over."""
        permitted(instance, run_id)
        if (lease := self._held.get((domain, run_id))) is not None:
            lease.confirm()

    def give_back(self) -> None:
        """Gives back all of them."""
        while self._held:
            self._held.popitem()[1].give_back()
