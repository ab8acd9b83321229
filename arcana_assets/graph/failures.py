"""Our errors as failures of a step.

Belongs here: the one way from an error to what Dagster shows and retries. Does not belong here: the errors; each lies
beside what raises it, and their root in `domain.errors`.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from arcana_assets.domain.errors import ArcanaError


@contextmanager
def failures() -> Iterator[None]:
    """Our errors as Dagster failures that say whether a retry may help, for what runs outside an asset's own code."""
    try:
        yield
    except ArcanaError as error:
        raise dg.Failure(description=str(error), allow_retries=error.retriable) from error
