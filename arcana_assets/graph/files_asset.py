"""An asset of what is published, in files or a database: what it is made of is of one making, or it is not made.

Belongs here: what every asset that publishes has in common. Does not belong here: how files are written (`exports`) and
tables of a database (`warehouse`), what is in them (the slices).
"""

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

import dagster as dg

from arcana_assets.graph.checks import verdict
from arcana_assets.graph.failures import bounded, leases_of
from arcana_assets.graph.io_manager import LakeIOManager
from arcana_assets.graph.run import Run, computes
from arcana_assets.graph.spec import DomainSpec, each_once
from arcana_assets.lake.commits import Mixture

OF_ONE_MAKING = "of_one_making"
ASKING = ("exports", "warehouse")  # resources that publish, and ask before they do

_NAMED = 5  # tables that a verdict names


def files_asset(
    spec: DomainSpec,
    name: str,
    description: str,
    kinds: set[str],
    *,
    ins: Mapping[str, dg.AssetIn],
    checks: Sequence[dg.AssetCheckSpec] = (),
    layer: str = "published",
    group: str = "",
) -> Callable[[Callable[..., Iterator[Any]]], dg.AssetsDefinition]:
    """Makes an asset of a function that publishes the run's months, as files or in a database, and tells of them.

    `name` is that of the publication, whose files and asset are called as the language of the domain has it.

    Before it begins, the blocking check OF_ONE_MAKING compares what the tables that it reads, and those that these were
    made of, were made of with what is there now. What of ASKING the function asks for publishes nothing for a run that
    was stopped or lost its domain. Where two runs wrote at the same time, or a table was computed again and those after
    it were not, what an earlier run published stays what it was. Raises ValueError where two inputs are of one table.
    """
    each_once(name, ins)
    if layer == "published":
        name = spec.file_name(name)
    key = spec.key(layer, name)

    def made(function: Callable[..., Iterator[Any]]) -> dg.AssetsDefinition:
        @bounded
        @functools.wraps(function)
        def compute(*args: Any, **kwargs: Any) -> Iterator[Any]:
            context = dg.AssetExecutionContext.get()
            step = context.op_execution_context
            if (leases := leases_of(step)) is not None:
                may = partial(leases.permitted, step.instance, step.run_id, spec.domain.name)
                kwargs |= {name: kwargs[name].asking(may) for name in ASKING if name in kwargs}
            found = _mixtures(context, Run.of(context, spec.domain).months)
            words = _words(found)
            yield verdict(key, OF_ONE_MAKING, not found, words, {"tables": len(found)}, blocking=True)
            if found:
                raise dg.Failure(description=f"{'/'.join(key.path)} was not published: {words}", allow_retries=False)
            yield from function(*args, **kwargs)

        return dg.multi_asset(
            name=f"{spec.domain.name}_{layer}_{name}",
            ins=dict(ins),
            outs={"files": spec.published_out(layer, name, description, kinds, group)},
            check_specs=[
                dg.AssetCheckSpec(
                    OF_ONE_MAKING,
                    asset=key,
                    blocking=True,
                    description="Every table behind it was made of its inputs as they are now",
                ),
                *checks,
            ],
            op_tags=spec.naming("people" if layer == "published" else "as_is") or None,
            **spec.options,
        )(compute)

    return made


def months_to_make(
    context: dg.AssetExecutionContext, months: Sequence[date], made_of: dg.AssetKey, there: Callable[[date], bool]
) -> list[date]:
    """The months of a run whose pages are made: the last, and those that have pages already, which would be outdated.

    A run that does not compute `made_of` was asked for the files alone, and makes all of them.
    """
    if not computes(context, made_of):
        return list(months)
    return [month for month in months if month == months[-1] or there(month)]


NOT_MADE = {"pages": "not made: materialize this month of this asset without the tables behind it to have them"}
"""What is told of a month that a run left out."""


def _mixtures(context: dg.AssetExecutionContext, months: Sequence[date]) -> list[Mixture]:
    step = context.op_execution_context
    manager = step.resources.io_manager
    if not isinstance(manager, LakeIOManager):
        return []  # other places than the lake say nothing of their tables
    return manager.mixtures(step.run_id, step.op.name, months)


def _words(found: Sequence[Mixture]) -> str:
    if not found:
        return "every table was made of its inputs as they are now"
    named = "; ".join(str(each) for each in found[:_NAMED])
    more = f"; and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return f"tables are not of one making: {named}{more}. Refresh these months again, all tables of them in one run."
