"""TODO: what this room is for."""

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
