"""Stopping: a run of this process ends within seconds of Ctrl-C or SIGTERM, whatever it is busy with.

Belongs here: signals, and what a stopped run is told and leaves behind in the instance. Does not belong here: what a
run does (`refresh`), what the command says of it (`cli`).
"""

import ctypes
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, TypeVar

import dagster as dg

from arcana_assets.engine.duckdb.session import interrupt_queries
from arcana_assets.engine.spark.session import interrupt_sessions

EXIT_CODE = 130  # of who was stopped, by whichever signal
GRACE_SECONDS = 6.0  # for what is under way to end by itself
_RECORDING_SECONDS = 2.0  # for the instance to take that the run was canceled
_SIGNALS = (signal.SIGINT, signal.SIGTERM)

_Result = TypeVar("_Result")


class Stopped(KeyboardInterrupt):
    """The run was stopped. It is canceled in its instance, and commits nothing more."""


def stoppable(
    work: Callable[[], _Result],
    run_id: str,
    instance: dg.DagsterInstance,
    *,
    end: Callable[[int], Any] = os._exit,
) -> _Result:
    """Does the work of a run in a thread, while this one, the main thread, waits for signals.

    DuckDB, delta-rs and scikit-learn hold a thread for minutes, and a signal is heard by Python's main thread alone,
    between two of its steps. So the main thread has nothing else to do: on a signal it marks the run as canceling, from
    when on nothing is committed, and interrupts the thread and its queries. Raises Stopped once the work has ended.
    What does not end in GRACE_SECONDS never gets to its commit: then the process ends, by `end`, with EXIT_CODE.
    """
    outcome: Future[_Result] = Future()
    thread = threading.Thread(target=_into, args=(outcome, work), name=f"run {run_id}", daemon=True)
    with _heard() as signals:
        thread.start()
        while not signals and thread.is_alive():
            thread.join(0.1)
        if not signals:
            return outcome.result()
        until = time.monotonic() + GRACE_SECONDS
        _within(_RECORDING_SECONDS, lambda: _canceling(instance, run_id, signals[0]))
        _interrupt(thread)
        while thread.is_alive() and time.monotonic() < until:
            interrupt_queries()
            interrupt_sessions()  # again and again: a step may begin another one on its way out
            thread.join(0.2)
        _within(_RECORDING_SECONDS, lambda: _canceled(instance, run_id))
        if thread.is_alive():
            end(EXIT_CODE)
    raise Stopped


def _into(outcome: "Future[_Result]", work: Callable[[], _Result]) -> None:
    try:
        outcome.set_result(work())
    except BaseException as error:
        outcome.set_exception(error)


@contextmanager
def _heard() -> Iterator[list[signal.Signals]]:
    """The signals that came, instead of what they would do."""
    heard: list[signal.Signals] = []
    before = {each: signal.signal(each, lambda number, _: heard.append(signal.Signals(number))) for each in _SIGNALS}
    try:
        yield heard
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _interrupt(thread: threading.Thread) -> None:
    """Raises what Dagster raises for a signal, at the thread's next step of Python."""
    error = ctypes.py_object(dg.DagsterExecutionInterruptedError)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), error)


def _canceling(instance: dg.DagsterInstance, run_id: str, received: signal.Signals) -> None:
    run = instance.get_run_by_id(run_id)
    if run is not None and not run.is_finished:
        instance.report_run_canceling(run, f"The command was stopped by {received.name}.")


def _canceled(instance: dg.DagsterInstance, run_id: str) -> None:
    run = instance.get_run_by_id(run_id)
    if run is not None and not run.is_finished:
        instance.report_run_canceled(run, "The command was stopped; nothing of this run was committed since.")


def _within(seconds: float, act: Callable[[], None]) -> None:
    """Does it, or goes on without: the thread that is to be stopped may hold what it waits for."""
    acting = threading.Thread(target=act, daemon=True)
    acting.start()
    acting.join(seconds)
