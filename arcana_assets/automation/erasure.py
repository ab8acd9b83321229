"""The job of erasure: from requests in the landing to a proof, safe to run again after it was killed anywhere.

Belongs here: the order of the steps, the lease, what each step tells. Does not belong here: what a step does
(`erasure`, `landing.erased`), the command (`cli.erase`).

1. Requests are taken in: other ids of the same person are found and kept beside them, hashes go into the register. From
   there on nobody comes back, whatever else happens.
2. Tables are written again without them, in the order of the data, then the database; files and logs of before go.
3. Publications that still hold them are made again from gold.
4. Every byte is read. The proof is written, and requests of which nothing is left are taken out of the landing.

A step looks at what there is, never at what an earlier run said that it did.
"""

import os
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import dagster as dg
from pydantic import Field

from arcana_assets.automation.refresh import refresh
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.errors import ArcanaError
from arcana_assets.domain.months import ranges
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.erasure.aliases import Key, also_known_as, present
from arcana_assets.erasure.holders import Holders, cleaned
from arcana_assets.erasure.places import (
    FOR_PEOPLE,
    Roots,
    accepted,
    files_of,
    old_versions,
    scan,
    scan_instance,
    scan_server,
)
from arcana_assets.erasure.proof import Proof, proofs_of
from arcana_assets.erasure.register import Register, open_register
from arcana_assets.erasure.requests import Request, Requests
from arcana_assets.erasure.rewriting import clean, rewrite
from arcana_assets.erasure.wanted import Wanted
from arcana_assets.exports.files import Exports
from arcana_assets.graph.failures import failures
from arcana_assets.graph.io_manager import io_manager_of
from arcana_assets.graph.leases import Leases
from arcana_assets.graph.process import sign
from arcana_assets.graph.spec import codes_in_silver
from arcana_assets.lake.lake import Lake
from arcana_assets.landing.definitions import erase_from_landing
from arcana_assets.landing.zone import LandingZone
from arcana_assets.presentation.file_names import file_names, publication_of
from arcana_assets.presentation.language import language_of
from arcana_assets.pseudonyms.kept import names_of
from arcana_assets.pseudonyms.key import key_id
from arcana_assets.pseudonyms.renamed import Owners

_RESOURCES = {"lake", "engine", "events", "landing", "tracking", "exports", "warehouse"}
_MONTH = re.compile(r"/(\d{4}-\d\d)[./-]")


class Database(Protocol):
    """The tables for BI tools."""

    def server(self, domain: str) -> tuple[str, str]:
        """The server, whose rows no scan of files sees, or nothing; and the schema that a domain has in one."""

    def erase(self, domain: CustomerDomain, ids: Collection[str]) -> Mapping[str, int]:
        """Takes the rows of customers out of every table; how many rows went, by table."""


class NotErased(ArcanaError):
    """Something is left of a customer, or a request cannot be carried out."""


@dataclass(frozen=True)
class Erasing:
    """What the job knows of a domain: its tables in the order of the data with who is in them, and its assets.

    `home` is the folder of the instance, `others` are the domains beside it.
    """

    domain: CustomerDomain
    holders: Mapping[Key, Holders]
    assets: Sequence[Any]
    home: str
    others: Collection[str]


class Accepted(dg.Config):
    """Run config of the proof: places that a person looked at and accepts, as an earlier proof told them."""

    places: list[dict[str, Any]] = Field(default_factory=list)
    by: str = ""


def stage(context: dg.OpExecutionContext, name: str) -> None:
    """Says in the log of the run how far it is."""
    context.log.info(f"erasure: {name}")


def erasure_job(erasing: Erasing) -> dg.JobDefinition:
    """The job `erase_<domain>`."""
    domain, name = erasing.domain, erasing.domain.name

    @dg.op(
        name=f"erase_{name}_from_tables",
        pool=name,
        out=dg.Out(dg.Nothing),
        required_resource_keys=_RESOURCES,
        description="Take requests in, and write every table without who is to be erased",
    )
    def tables(context: dg.OpExecutionContext) -> None:
        sign(context.instance, context.run_id)
        with failures(), Leases(context.resources.lake.root).held(context, name) as lease:
            _erase_from_tables(context, erasing, lease.confirm)

    @dg.op(
        name=f"erase_{name}_from_publications",
        ins={"start": dg.In(dg.Nothing)},
        out=dg.Out(dg.Nothing),
        required_resource_keys=_RESOURCES,
        description="Make those publications again that still hold who is to be erased",
    )
    def publications(context: dg.OpExecutionContext) -> None:
        with failures():
            _publish_again(context, erasing)

    @dg.op(
        name=f"prove_erasure_of_{name}",
        pool=name,
        ins={"start": dg.In(dg.Nothing)},
        required_resource_keys=_RESOURCES,
        description="Read every byte, and write the proof",
    )
    def proof(context: dg.OpExecutionContext, config: Accepted) -> None:
        with failures(), Leases(context.resources.lake.root).held(context, name):
            _prove(context, erasing, config)

    @dg.job(
        name=f"erase_{name}",
        executor_def=dg.in_process_executor,
        tags={"arcana/domain": name},
        description=f"Erases from {domain.title} the customers whose requests lie in the landing, and proves it.",
    )
    def erase() -> None:
        proof(publications(tables()))

    return erase


def _erase_from_tables(context: dg.OpExecutionContext, erasing: Erasing, permitted: Callable[[], None]) -> None:
    lake, engine = _lake(context), _engine(context)
    domain, inbox = erasing.domain, _inbox(context, erasing)
    register = open_register(domain.name, lake, engine)
    # Of those who are kept by law too: whoever is the same person is kept with them.
    owners = _owners(domain, lake)
    inbox.keep([_whole(each, erasing.holders, lake, engine, owners) for each in inbox.read()])
    due = _due(inbox, domain)
    context.log.info(f"{len(due)} requests to carry out, {len(inbox.read()) - len(due)} kept by law for longer")
    if not due:
        return
    stage(context, "known")
    # Whom no file and no table knows is not registered: a slip of the pen would shut somebody else out for good.
    unseen = Wanted(sorted({each for request in due for each in request.ids if not register.of([each])}))
    # What a person carries is known from the tables.
    there = present(unseen.ids, erasing.holders, lake, engine)
    if missing := set(unseen.ids) - there:
        looked = scan(files_of(_roots(context, erasing), inbox.paths()), Wanted(sorted(missing)))
        named = sorted(missing)
        there |= {named[each.number - 1] for each in looked.left if each.kind in ("landing", "tables", "published")}
    for request in due:
        known = {each for each in request.ids if each in there}
        told = request.reference, request.requested_on, context.run_id
        register = register.with_ids(known, *told, carried=request.carries)
    register.write(lake, engine, context.run_id)
    stage(context, "registered")
    for key, holders in erasing.holders.items():
        permitted()

        def wrote(rows: int, key: Key = key) -> None:
            inbox.tell("/".join(key), rows)
            stage(context, f"rewritten {'/'.join(key)}")

        done = rewrite(
            *(lake, key, holders, register, engine, context.run_id),
            counted=key[1] == "bronze",
            permitted=permitted,
            wrote=wrote,
            spelt=lambda spellings: inbox.keep(_spelt(each, spellings) for each in _due(inbox, domain)),
        )
        if done.rows or done.names:
            context.log.info(f"{done.table}: {sum(done.rows.values())} rows, {done.names} names in lists")
    due = _due(inbox, domain)
    database: Database = context.resources.warehouse
    for table, rows in database.erase(domain, {each for request in due for each in request.ids}).items():
        inbox.tell(f"{domain.name}/warehouse/{table}", rows)
        context.log.info(f"database, {table}: {rows} rows")
    stage(context, "database")
    if domain.erasures.rewrite_landing:
        for path, lines in erase_from_landing(domain, context.resources.landing, lake, engine, register).items():
            inbox.tell(f"landing/{path}", lines)
            context.log.info(f"landing, {path}: {lines} lines")
        stage(context, "landing")
    for key in (*erasing.holders, (domain.name, "register", "erasures")):
        permitted()
        done_with = clean(lake, key)
        stage(context, f"cleaned {'/'.join(key)}: {done_with.files} files, {done_with.log_entries} entries of the log")


def _spelt(request: Request, spellings: Mapping[str, str]) -> Request:
    """The request with the ways in which files spell its ids, by which the scan must know them."""
    also = {text for text, each in spellings.items() if each in request.ids}
    carries = {text for text, each in spellings.items() if each in request.carries}
    return replace(
        request, also=tuple(sorted({*request.also, *also})), carries=tuple(sorted({*request.carries, *carries}))
    )


def _owners(domain: CustomerDomain, lake: Lake) -> Owners | None:
    """Who is behind the pseudonyms of a domain; None where it has none."""
    return Owners(lake, names_of(domain.name, lake), codes_in_silver(domain)) if domain.pseudonyms else None


def _whole(
    request: Request, tables: Mapping[Key, Holders], lake: Lake, engine: Engine, owners: Owners | None
) -> Request:
    """The request with what else the person goes by: as files are cleaned, by other accounts, by what is carried; and,
    of all of these, by the pseudonyms that tables beyond silver have, and the database of BI.
    """
    spelt = {request.customer_id, *request.also}
    for holders in tables.values():
        if (clean_id := holders.clean.get(holders.customer or "")) is not None:
            spelt |= cleaned(request.ids, clean_id)
    wide = replace(request, also=tuple(sorted(spelt - {request.customer_id})))
    if owners is not None:  # accounts are told by pseudonyms
        also, carries = owners.both(wide.ids, engine), owners.both(wide.carries, engine)
        wide = replace(wide, also=tuple(sorted(also)), carries=tuple(sorted(carries)))
    also, carries = also_known_as(wide, tables, lake, engine)
    if owners is not None:
        also, carries = owners.both(also, engine), owners.both(carries, engine)
    return replace(request, also=tuple(sorted(also - {request.customer_id})), carries=tuple(sorted(carries)))


def _publish_again(context: dg.OpExecutionContext, erasing: Erasing) -> None:
    inbox, name = _inbox(context, erasing), erasing.domain.name
    due = _due(inbox, erasing.domain)
    if not due:
        return
    files = [each for each in files_of(_roots(context, erasing), inbox.paths()) if each.kind == "published"]
    left = scan(files, Wanted(sorted({each for request in due for each in request.words}))).left
    found = {(each.place.split("/")[2], month[1]) for each in left if (month := _MONTH.search(each.place))}
    known = {key for asset in erasing.assets for key in getattr(asset, "keys", ())}
    months = defaultdict[dg.AssetKey, list[date]](list)
    for publication, of_month in sorted(found):
        # A month may lie under a name of before, or of another language: made again it does not.
        keys = [dg.AssetKey([name, FOR_PEOPLE, each]) for each in file_names(publication_of(publication))]
        for key in known.intersection(keys):
            months[key].append(date.fromisoformat(f"{of_month}-01"))
    # Those of the same months together, and of no other month: what nobody is in stays as it was published.
    alike = defaultdict[tuple[date, ...], list[dg.AssetKey]](list)
    for key, those in months.items():
        alike[tuple(sorted({*those}))].append(key)
    if not alike:
        return
    for together, keys in alike.items():
        job = _publications(context, erasing, keys)
        for span in ranges(together):
            done = refresh(job, list(span), context.instance, lambda doing, ended, steps: None)
            context.log.info(f"made again: {len(keys)} publications of {span[0]:%Y-%m} to {span[-1]:%Y-%m}")
            if not done.succeeded:
                raise NotErased(
                    f"{name}: publications could not be made again, so some still hold who was erased from the "
                    f"tables: {'; '.join(done.failures)}. Mend that, and run `arcana erase` again."
                )
    stage(context, "published")


def _publications(context: dg.OpExecutionContext, erasing: Erasing, keys: Sequence[dg.AssetKey]) -> dg.JobDefinition:
    """A job of some publications, with the resources of this run."""
    resources = {each: getattr(context.resources, each) for each in _RESOURCES}
    name = f"refresh_{erasing.domain.name}"
    job = dg.define_asset_job(name, selection=dg.AssetSelection.assets(*keys), executor_def=dg.in_process_executor)
    manager = io_manager_of(resources["lake"], resources["engine"], resources["events"])
    made = dg.Definitions(
        assets=list(erasing.assets),
        resources={**resources, "io_manager": manager},
        jobs=[job],
        executor=dg.in_process_executor,
    )
    return made.resolve_job_def(name)


def dagster_tables() -> set[str]:
    """The names of the tables of an instance, as this version of Dagster has them, and that of their migrations."""
    from dagster._core.storage.event_log.schema import SqlEventLogStorageMetadata
    from dagster._core.storage.runs.schema import RunStorageSqlMetadata
    from dagster._core.storage.schedules.schema import ScheduleStorageSqlMetadata

    rooms = (SqlEventLogStorageMetadata, RunStorageSqlMetadata, ScheduleStorageSqlMetadata)
    return {"alembic_version", *(name for room in rooms for name in room.tables)}


def _prove(context: dg.OpExecutionContext, erasing: Erasing, config: Accepted) -> None:
    lake, engine, inbox = _lake(context), _engine(context), _inbox(context, erasing)
    domain, roots = erasing.domain, _roots(context, erasing)
    exports: Exports = context.resources.exports
    warehouse: Database = context.resources.warehouse
    register, requests = open_register(domain.name, lake, engine), inbox.read()
    due, today = _due(inbox, domain), _today(domain)
    wanted = Wanted([each for request in due for each in sorted(request.words)])
    skipped = {*inbox.paths(), *_proofs(roots, due)}
    found = scan(files_of(roots, skipped), wanted)
    found.old_versions = old_versions(roots)
    stage(context, f"scanned {sum(found.files.values())} files, {sum(found.bytes.values())} bytes")
    served, schema = warehouse.server(domain.name)
    if served:
        scan_server(found, "database", "PostgreSQL of the database", served, wanted, schema)
    if instance := os.environ.get("ARCANA_DAGSTER_POSTGRES_URL"):
        beside = {warehouse.server(each)[1] for each in erasing.others}
        scan_instance(found, "PostgreSQL of Dagster", instance, wanted, dagster_tables(), schema, served, beside)
    proofs, at = list[Proof](), datetime.now(UTC)
    # Who a place names is told by the hash: numbers are those of this run.
    found.left = [replace(each, who=register.hmac_of(wanted.ids[each.number - 1])[:16]) for each in found.left]
    for reference in sorted({each.reference for each in due}):
        mine = [each for each in due if each.reference == reference]
        numbers = {wanted.number(each) for request in mine for each in request.words}
        left = [each for each in found.left if each.number in numbers]
        known = [request for request in mine if register.of(request.ids)]
        kept = [each for each in requests if each.reference == reference and each not in due]
        # Of who is kept by another request the day of that one.
        held = [
            max(one.keep_until or today for one in requests if one.held(today) and one.ids & each.ids) for each in kept
        ]
        proof = Proof(
            domain=domain.name,
            reference=reference,
            run=context.run_id,
            at=at,
            requested_on=[each.requested_on for each in mine],
            hmacs=sorted(_hashes(register, known)),
            key_id=key_id(register.key),
            rows=inbox.told(),
            together=len({each.reference for each in due}),
            scan=found,
            left=left,
            accepted=accepted(left, config.places),
            language=language_of(domain.language),
            accepted_by=config.by,
            unknown=len(mine) - len(known),
            held=held,
        )
        context.log.info(f"proof: {proof.write(exports.root, exports.mode)}")
        proofs.append(proof)
    stage(context, "proof")
    clean_ones = {proof.reference for proof in proofs if proof.clean}
    done = [each for each in due if each.reference in clean_ones]
    if done:
        _finish(register, done, at, lake, engine, context.run_id)
        inbox.settle(done)
        stage(context, "settled")
    if wrong := [_words(proof) for proof in proofs if not proof.eliminated]:
        raise NotErased("\n".join(wrong))


def _finish(register: Register, done: Sequence[Request], at: datetime, lake: Lake, engine: Engine, run: str) -> None:
    hashes = _hashes(register, done)
    entries = (
        replace(entry, done_at=entry.done_at or at) if entry.id_hmac in hashes else entry for entry in register.entries
    )
    finished = Register(register.domain, register.key, tuple(entries))
    if finished.entries and finished.entries != register.entries:
        finished.write(lake, engine, run)


def _hashes(register: Register, requests: Sequence[Request]) -> set[str]:
    codes = {register.hmac_of(each) for request in requests for each in request.ids}
    return codes | {register.hmac_of(each, carried=True) for request in requests for each in request.carries}


def _words(proof: Proof) -> str:
    said = []
    if proof.open:
        files = {each.place for each in proof.open}
        said.append(f"the scan found something in {len(proof.open)} places of {len(files)} files")
    if proof.scan.undecoded:
        said.append(f"{len(proof.scan.undecoded)} files could not be read")
    if proof.unknown:
        said.append(f"{proof.unknown} customers are in no table and no file, so nobody was registered; see the ids")
    if proof.held:
        said.append(f"{len(proof.held)} customers of it are kept by law for longer")
    return (
        f"{proof.domain}, {proof.reference}: {'; '.join(said)}. {proof.folder}/{proof.reference}.json names them. "
        "Where a number only looks like the customer, put its place into a file and give it to `arcana erase "
        "--accept`; lines of the landing go where the domain has `erasures: {rewrite_landing: true}`."
    )


def _due(inbox: Requests, domain: CustomerDomain) -> list[Request]:
    return inbox.due(_today(domain))


def _today(domain: CustomerDomain) -> date:
    return datetime.now(ZoneInfo(domain.timezone)).date()


def _proofs(roots: Roots, due: Sequence[Request]) -> set[str]:
    """Proofs of the same references, which this run writes anew."""
    return {
        f"{folder}/{each.reference}{ending}"
        for folder in proofs_of(roots.lake, roots.domain)
        for each in due
        for ending in (".json", ".html")
    }


def _roots(context: dg.OpExecutionContext, erasing: Erasing) -> Roots:
    landing: LandingZone = context.resources.landing
    return Roots(_lake(context).root, landing.root, erasing.home, erasing.domain.name, erasing.others)


def _inbox(context: dg.OpExecutionContext, erasing: Erasing) -> Requests:
    landing: LandingZone = context.resources.landing
    return Requests(landing.root, erasing.domain.name)


def _lake(context: dg.OpExecutionContext) -> Lake:
    lake: Lake = context.resources.lake
    return lake


def _engine(context: dg.OpExecutionContext) -> Engine:
    engine: Engine = context.resources.engine
    return engine
