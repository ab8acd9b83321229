"""Threads of the numeric libraries: one for what must not round differently, several fits at once where that pays.

Belongs here: how many threads a fit or a measure has. Does not belong here: what they compute (the other files).
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, TypeVar

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

Item = TypeVar("Item")
Result = TypeVar("Result")
THREADS = 2
WORTH = 2_000  # points from which on a fit leaves Python alone for long enough to let a second one run


def one_thread(user_api: Literal["blas"] | None = None) -> AbstractContextManager[Any]:
    """Within it numeric libraries, or those of one kind, use one thread: sums split over threads round otherwise."""
    return _controller().limit(limits=1, user_api=user_api)


def mapped(function: Callable[[Item], Result], items: Iterable[Item], points: int) -> list[Result]:
    """The function of each item, in order; several at once where it works on many points."""
    if points < WORTH:
        return [function(each) for each in items]
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(function, items))


@cache
def _controller() -> "ThreadpoolController":
    """Finding the libraries reads the memory map of the process, 15 ms: it is done once, after those that are used."""
    import scipy.linalg  # noqa: F401
    import sklearn.cluster  # noqa: F401
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
