"""`arcana status` and `arcana quarantine`: how the domains stand, and which rows were refused and why.

Belongs here: what is looked at in lake and instance, and how it is printed. Does not belong here: doing anything about
it (`refresh`), questions of one's own (`sql`), what is told to people (`alerts`).
"""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape
from rich.table import Table

from arcana_assets.catalogue.domains import Domains, domains_of
from arcana_assets.cli.terminal import console, domain_folder, errors, months_of
from arcana_assets.deployment import Deployment
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.errors import ArcanaError, nearest
from arcana_assets.domain.months import month_at, months_between, spelled

if TYPE_CHECKING:
    from dagster._core.definitions.asset_checks.asset_check_evaluation import AssetCheckEvaluation

    from arcana_assets.lake.reader import Reader

_BY_REASON = """
SELECT reason, sum(rows)::BIGINT AS rows, min({{file: _file, line: _line}}, 3) AS places
FROM (
  SELECT _file, _line, {kind} AS reason, count(*) AS rows
  FROM (SELECT _file, _line, unnest(_reasons) AS reason FROM refused) GROUP BY ALL
)
GROUP BY reason ORDER BY rows DESC, reason
"""


def status() -> None:
    """List domains, months, when each was refreshed last, and failing checks; exit code 1 where something is red."""
    from arcana_assets.lake.reader import Reader

    deployment = Deployment.from_env()
    found = domains_of(deployment.defs)
    reader = Reader(deployment.lake, deployment.threads, deployment.memory_limit)
    failing = _failing(deployment, found)
    table = Table(
        "domain", "months", "refreshed", "checks", title=escape(f"lake {deployment.lake}"), title_justify="left"
    )
    try:
        for domain in found.loaded.values():
            mine = [each for each in failing if each.asset_key.path[0] == domain.name]
            red = sum(each.severity.name == "ERROR" for each in mine)
            said = ", ".join(
                [*([f"[red]{red} failed[/]"] if red else []), *([f"{len(mine) - red} warn"] if len(mine) > red else [])]
            )
            table.add_row(domain.name, *_months(domain, reader), said or "none failed")
    finally:
        reader.close()
    for name in found.broken:
        table.add_row(escape(name), "[red]cannot be read[/]", "", "")
    console.print(table)
    for each in failing:
        word = "[red]failed[/]" if each.severity.name == "ERROR" else "[yellow]warning[/]"
        said = f"{each.asset_key.to_user_string()}: {each.check_name}: {each.description or 'did not pass'}"
        console.print(f"{word} {escape(said)}", soft_wrap=True)
    for why in found.broken.values():
        errors.print(f"[red]error:[/] {escape(why)}", soft_wrap=True)
    if found.broken or any(each.severity.name == "ERROR" for each in failing):
        raise typer.Exit(1)


def _months(domain: CustomerDomain, reader: "Reader") -> tuple[str, str]:
    """The months that are computed and those before the last of them that are not, and when it was refreshed."""
    key, now = (domain.name, "gold", "customer_360"), datetime.now(UTC)
    there = reader.months(key)
    if not there:
        return "none yet", ""
    gaps = sorted({*months_between(domain.start, there[-1])} - {*there})
    open_month = domain.end if domain.has_ended(now) else month_at(now, domain.timezone)
    behind = months_between(there[-1], open_month)[1:] if open_month else []
    words = spelled(there) + (f"; lacks {spelled(gaps)}" if gaps else "")
    words += f"; not yet {spelled(behind)}" if behind else ""
    at = reader.written_at(key).astimezone(ZoneInfo(domain.timezone))
    age = now - reader.written_at(key)
    fresh = "data ended" if domain.has_ended(now) else f"{age.days} d ago" if age.days else "today"
    return words, f"{at:%Y-%m-%d %H:%M}, {fresh}"


def _failing(deployment: Deployment, found: Domains) -> list["AssetCheckEvaluation"]:
    """The checks whose last evaluation failed, as the instance knows them."""
    from arcana_assets.automation.instance import instance_of
    from arcana_assets.definitions import definitions_of

    keys = definitions_of(replace(found, broken={}), deployment).resolve_asset_graph().asset_check_keys
    with instance_of(deployment) as instance:
        known = instance.event_log_storage.get_latest_asset_check_execution_by_key(list(keys))
    last = [record.evaluation for record in known.values()]
    failed = [each for each in last if each is not None and not each.passed]
    return sorted(failed, key=lambda each: (each.asset_key.to_user_string(), each.check_name))


def quarantine(
    domain: Annotated[str, typer.Argument(help="A domain of the deployment, such as retail.")],
    source: Annotated[str, typer.Argument(help="A source of it, such as transactions.")],
    month: Annotated[
        str | None, typer.Option(help="Only this month, or a range such as 2011-03:2011-05.", show_default="all")
    ] = None,
    rows: Annotated[
        int, typer.Option("--rows", min=0, help="Show so many of the refused rows, too, as they came.")
    ] = 0,
) -> None:
    """Count the refused rows of a source by reason, each with its first files and lines, where lines are known.

    A row counts under each of its reasons. What it holds is shown with --rows only.
    """
    from arcana_assets.domain.folder import load_domain
    from arcana_assets.lake.reader import Part, Reader
    from arcana_assets.landing.conform.refusal import UNTOLD

    deployment, found = Deployment.from_env(), load_domain(domain_folder(domain))
    if source not in found.sources:
        raise typer.BadParameter(f"{domain} has no source '{source}'{nearest(source, found.sources)}")
    key, months = (domain, "quarantine", source), None if month is None else months_of(month)
    reader = Reader(deployment.lake, deployment.threads, deployment.memory_limit)
    try:
        if not reader.exists(key):
            raise ArcanaError(
                f"{deployment.lake} has nothing of {domain}/{source} yet: arcana refresh {domain} --months ..."
            )
        refused = {"refused": Part(key, None if months is None else tuple(months))}
        kind, values = "reason", dict[str, str]()
        for number, (pattern, instead) in enumerate(UNTOLD):
            kind = f"regexp_replace({kind}, $pattern_{number}, $instead_{number}, 'g')"
            values |= {f"pattern_{number}": pattern, f"instead_{number}": instead}
        told = reader.rows(_BY_REASON.format(kind=kind), refused, **values).to_pylist()
        shown = reader.rows(f"FROM refused ORDER BY month, _file, _line LIMIT {rows}", refused) if rows else None
    finally:
        reader.close()
    if not told:
        console.print(f"{domain}/{source}: no row was refused{f' in {month}' if month else ''}")
        return
    table = Table(
        "reason", "rows", "first ones", title=f"{domain}/{source}, {month or 'all months'}", title_justify="left"
    )
    table.columns[1].justify = "right"
    for each in told:
        places = [f"{place['file']}:{place['line']}" if place["line"] else place["file"] for place in each["places"]]
        table.add_row(escape(each["reason"]), f"{each['rows']:,}", escape("\n".join(places)))
    console.print(table)
    for row in shown.to_pylist() if shown is not None else ():
        console.print(escape(json.dumps(row, default=str, ensure_ascii=False)), soft_wrap=True)
