"""Errors as failures of a step, or as another try of it.

Belongs here: the one way from an error to what Dagster shows and retries. Does not belong here: the errors; each lies
beside what raises it, and their root in `domain.errors`.
"""

import functools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import dagster as dg
from dagster._core.errors import DagsterAssetCheckFailedError, DagsterInvariantViolationError
from dagster_shared.error import SerializableErrorInfo

from arcana_assets.domain.errors import ArcanaError, first_line
from arcana_assets.graph import spec
from arcana_assets.graph.leases import Leases
from arcana_assets.graph.process import sign
from arcana_assets.graph.run import permitted

# What a network, or the server behind it, says of itself; s3fs, botocore, DuckDB and delta-rs each wrap it their way.
_PASSES = re.compile(
    r"\b50[0234]\b.*(error|unavailable|gateway|slow)|slow ?down|service ?unavailable|reduce your request rate"
    r"|connection (was |broken|reset|refused|closed|aborted)|could not connect to the endpoint|server disconnected"
    r"|timed out|read timeout|incompleteread|error sending request|response payload is not completed|Generic S3 error"
    r"|Errno (16|104|110|111|121)\b",
    re.IGNORECASE,
)


@contextmanager
def failures(attempt: int | None = None) -> Iterator[None]:
    """Errors as failures for good, those that may pass by themselves as another try of the step after a pause.

    `attempt` is how many tries the step has had; left out, it is that of the step under way. A retry policy on the
    asset would do as much and more: it makes another try of a run that somebody stopped.
    """
    try:
        yield
    except ArcanaError as error:
        failure = dg.Failure(description=str(error), allow_retries=error.retriable or may_pass(error))
        failure.__cause__ = error
    except (dg.Failure, dg.RetryRequested):
        raise
    except Exception as error:
        if not may_pass(error):
            raise
        failure = dg.Failure(description=f"{type(error).__name__}: {first_line(error)}. It may pass by itself.")
        failure.__cause__ = error
    else:
        return
    if attempt is None:
        attempt = step.retry_number if (step := _step()) is not None else 0
    if failure.allow_retries and attempt < spec.RETRIES.max_retries:
        pause = spec.RETRIES.calculate_delay(attempt + 1)
        raise dg.RetryRequested(max_retries=spec.RETRIES.max_retries, seconds_to_wait=pause) from failure
    raise failure


def bounded(function: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
    """The generator of an asset's events, whose errors are failures wherever in it they are raised.

    It does not begin for a run that was stopped, nor for one whose domain another run writes, and signs the run with
    the process that it goes on in.
    """

    @functools.wraps(function)
    def compute(*args: Any, **kwargs: Any) -> Iterator[Any]:
        if (step := _step()) is not None:
            permitted(step.instance, step.run_id)
            sign(step.instance, step.run_id)
        with failures():
            if step is not None and (leases := leases_of(step)) is not None:
                leases.take(step, next(iter(step.assets_def.keys)).path[0])
            yield from function(*args, **kwargs)

    return compute


def _step() -> dg.OpExecutionContext | None:
    """The step under way; None where an asset is called by itself."""
    try:
        return dg.AssetExecutionContext.get().op_execution_context
    except DagsterInvariantViolationError:
        return None


def leases_of(step: dg.OpExecutionContext) -> Leases | None:
    """The leases of the run, where tables are written by the lake's IO manager, which has some."""
    found = getattr(step.resources.io_manager, "leases", None)
    return found if isinstance(found, Leases) else None


@dataclass(frozen=True)
class Cause:
    """Why something failed: the words, the class of the error, and whether the words are the platform's own.

    Words of others may repeat a value of the data that they stumbled over.
    """

    words: str
    kind: str
    ours: bool


def cause_of(failure: dg.DagsterEvent) -> Cause:
    """The sentence for the engineer of a step's failure: its description, else the first error of the chain."""
    data = failure.step_failure_data
    if data.user_failure_data is not None and data.user_failure_data.description:
        return Cause(data.user_failure_data.description, "Failure", True)
    return first_of(data.error)


def first_of(error: SerializableErrorInfo | None) -> Cause:
    """The first error of a chain, as Dagster kept it."""
    while error is not None and error.cause is not None:
        error = error.cause
    if error is None:
        return Cause("failed", "Failure", True)
    kind = error.cls_name or "Exception"
    return Cause(error.message.strip(), kind, kind in {each.__name__ for each in _ours()})


def _ours(root: type[BaseException] = ArcanaError) -> Iterator[type[BaseException]]:
    """Errors whose words are about tables and files, and not about what is in them."""
    if root is ArcanaError:
        yield DagsterAssetCheckFailedError
    yield root
    for each in root.__subclasses__():
        yield from _ours(each)


def may_pass(error: BaseException | None) -> bool:
    """Whether an error, or one that it comes from, is one of the network."""
    while error is not None:
        ours = isinstance(error, ArcanaError | dg.Failure)  # their words are about tables and files
        if isinstance(error, ConnectionError | TimeoutError) or (not ours and _PASSES.search(str(error))):
            return True
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return False
