"""A retail lake of as many customers as asked for, made in the engine: silver, and what is made of it for customers.

Belongs here: the sales of made-up customers, a pure function of the customer's number and a seed, and materializing
assets of such a lake. Does not belong here: what is measured on it (`customers`).
"""

import logging
import os
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.measure import timed

START = date(2010, 12, 1)  # of the retail domain
SEED = 7
CATEGORIES = ("Eletrônicos", "Moda", "Livros", "Alimentos", "Brinquedos")
PRODUCTS_PER_CATEGORY = 8
SOURCES = ("transactions", "products", "customers", "recommendation_feedback")
LANDED = ("landing", "bronze", "silver", "quarantine")  # layers that a world has no files for


def months_of(count: int) -> list[date]:
    """The first months of the domain."""
    from arcana_assets.domain.months import months_between, shifted

    return months_between(START, shifted(START, count - 1))


def make_world(folder: Path, world: str, customers: int, months: int, assets: Sequence[str], seed: int) -> dict:
    """Silver of a world that stays, where it is not there, and of what `assets` are made whatever is not there.

    `assets` are keys without the domain, such as `gold/segments`. Everything before them comes of the real assets, by
    one run; they themselves are not made.
    """
    place, of = Path(world), months_of(months)
    with timed() as clock:
        _sales(place, customers, of, seed)
        made = _missing(place, of, assets)
        if made:
            materialize(place, of, made)
    return {**vars(clock), "made": made}


def refresh_of(folder: Path, world: str, months: int, assets: Sequence[str]) -> dict[str, Any]:
    """Materializes these assets alone, for all months in one run, in this process; tells the rows of each."""
    place, of = Path(world), months_of(months)
    with timed() as clock:
        materialize(place, of, assets)
    return {**vars(clock), "rows": {name: _rows(place, name) for name in assets if not name.startswith("published/")}}


def materialize(place: Path, months: Sequence[date], assets: Iterable[str]) -> None:
    """One run of these assets of the retail domain, without what they are made of."""
    import dagster as dg

    from arcana_assets.automation.refresh import QUIET
    from arcana_assets.definitions import build_definitions
    from arcana_assets.graph.run import range_tags

    logging.getLogger("dagster").setLevel(logging.CRITICAL)
    job = build_definitions(_folder(place), _deployment(place)).resolve_job_def("refresh_retail")
    keys = [dg.AssetKey(["retail", *name.split("/")]) for name in assets]
    with dg.DagsterInstance.ephemeral() as instance:
        done = job.execute_in_process(
            run_config=QUIET, instance=instance, tags=range_tags(list(months)), asset_selection=keys
        )
    assert done.success


def together(assets: Iterable[str]) -> list[str]:
    """The assets, and those that the same computations make: one is not had without the other."""
    import dagster as dg

    from arcana_assets.definitions import build_definitions

    graph = build_definitions().resolve_asset_graph()
    chosen = dg.AssetSelection.assets(*(dg.AssetKey(["retail", *name.split("/")]) for name in assets))
    found = chosen.required_multi_asset_neighbors().resolve(graph)
    return sorted("/".join(key.path[1:]) for key in found)


def _missing(place: Path, months: Sequence[date], assets: Sequence[str]) -> list[str]:
    """What the assets are made of and the world does not have in all months, with what is made beside it."""
    import dagster as dg

    from arcana_assets.definitions import build_definitions
    from arcana_assets.lake.lake import Lake

    graph, lake = build_definitions().resolve_asset_graph(), Lake(root=_deployment(place).lake)
    keys = [dg.AssetKey(["retail", *name.split("/")]) for name in assets]
    before = dg.AssetSelection.assets(*keys).upstream().resolve(graph) - set(keys)
    lacking = [key for key in before if key.path[1] not in LANDED]
    lacking = [key for key in lacking if len(lake.materialized_months(key.path, months)) < len(months)]
    return together("/".join(key.path[1:]) for key in lacking) if lacking else []


def _rows(place: Path, name: str) -> int:
    from arcana_assets.lake.lake import Lake

    return Lake(root=_deployment(place).lake).rows(["retail", *name.split("/")], None)


def _folder(place: Path) -> Path:
    """The retail domain with programmes that have members within the months of a world, and a proof of them."""
    from shutil import copytree

    import yaml

    from arcana_assets.definitions import DEFS

    folder = place / "defs"
    if not folder.exists():
        copytree(DEFS / "retail", folder / "retail")
        defs = folder / "retail" / "defs.yaml"
        domain = yaml.safe_load(defs.read_text(encoding="utf-8"))
        for programme in domain["attributes"]["programmes"]:
            programme |= {"history_months": 1, "outcome_months": 1}
        defs.write_text(yaml.safe_dump(domain, sort_keys=False), encoding="utf-8")
    return folder


def _deployment(place: Path) -> Any:
    from arcana_assets.deployment import Deployment

    limit = os.environ.get("ARCANA_MEMORY_LIMIT")  # of the engine, to see what it costs and saves
    lake, landing, home = (str(place / name) for name in ("lake", "landing", "home"))
    return Deployment(lake, landing, home, tracking="off", warehouse="off", memory_limit=limit)


def _sales(place: Path, customers: int, months: Sequence[date], seed: int) -> None:
    """Silver of all sources, a month at a time and as a stream; those but sales and products have no row."""
    import pyarrow as pa

    from arcana_assets.definitions import DEFS
    from arcana_assets.domain.folder import load_domain
    from arcana_assets.engine.duckdb.engine import Engine
    from arcana_assets.lake.lake import Lake
    from arcana_assets.landing.tables import silver_table

    engine, lake = Engine(), Lake(root=_deployment(place).lake)
    domain = load_domain(DEFS / "retail")
    # The sources one after the other, sales last: a world whose sales are there is whole.
    for name in reversed(SOURCES):
        table = silver_table(domain.sources[name])
        key = ["retail", "silver", name]
        for number, month in enumerate(months):
            if lake.materialized_months(key, [month]):
                continue
            query = {
                "transactions": sales_sql(customers, number, month, len(months), seed),
                "products": products_sql(month),
            }.get(name)
            rows: Any = engine.backend.sql(_declared(query, table.arrow)) if query else pa.table({})
            rows = rows if query else table.arrow.empty_table()
            lake.write(key, rows, [month], engine=engine, run_id="world", declared=table.schema_of)


def _declared(query: str, schema: Any) -> str:
    """The query in the columns and types of a table; what it does not have is null."""
    from arcana_assets.engine.duckdb.engine import Engine

    given = Engine().sql(query).schema.names
    types = {"string": "VARCHAR", "int64": "BIGINT", "bool": "BOOLEAN", "date32[day]": "DATE", "double": "DOUBLE"}
    types |= {"decimal128(18, 4)": "DECIMAL(18, 4)", "timestamp[us, tz=UTC]": "TIMESTAMPTZ"}
    columns = ", ".join(
        f"CAST({field.name if field.name in given else 'NULL'} AS {types[str(field.type)]}) AS {field.name}"
        for field in schema
    )
    return f"SELECT {columns} FROM ({query})"


def products_sql(month: date) -> str:
    """The products of a month: as many in each category, the first of which sell best."""
    names = ", ".join(f"'{name}'" for name in CATEGORIES)
    return f"""
        SELECT DATE '{month}' AS month,
            {_product("category", "place")} AS product_id, {_name("category", "place")} AS name,
            [{names}][category + 1] AS category, {_price("category", "place")} AS list_price
        FROM range({len(CATEGORIES)}) AS c(category), range({PRODUCTS_PER_CATEGORY}) AS p(place)
        ORDER BY product_id
    """


def sales_sql(customers: int, number: int, month: date, months: int, seed: int) -> str:
    """The lines of a month, the `number`-th of `months`; about two and a half a customer, of who buys more by far.

    Kinds of customers: one in twelve buys often and for much, a quarter often, a fifth bought in the first months and
    then no more, a fifth is new in the last month, the others buy now and then. Each buys once at least, so that in the
    last month there are as many as asked for, and most are silent in some month. Nine in ten have a taste: four in five
    of their lines are of one category.
    """

    def draw(what: str, *of: str) -> str:
        return f"(md5_number_lower(concat_ws(':', {seed}, '{what}', {', '.join(of)})) % 1000003 / 1000003.0)"

    early = max(1, (months - 1) // 2)
    return f"""
        WITH people AS (
            SELECT n, {draw("kind", "n")} AS kind, {draw("taste", "n")} AS taste, {draw("purse", "n")} AS purse,
                CAST(floor({draw("own", "n")} * {months}) AS INTEGER) AS own, {draw("buys", "n", str(number))} AS buys
            FROM range({customers}) AS t(n)
        ), buyers AS (
            SELECT *, CASE
                WHEN kind < 0.08 AND (buys < 0.95 OR own = {number})
                    THEN 2 + floor(3 * {draw("orders", "n", str(number))})
                WHEN kind BETWEEN 0.08 AND 0.35 AND (buys < 0.75 OR own = {number})
                    THEN 1 + floor(2 * {draw("orders", "n", str(number))})
                WHEN kind BETWEEN 0.35 AND 0.55 AND {number} < {early} THEN 2
                WHEN kind BETWEEN 0.55 AND 0.75 AND {number} = {months - 1} THEN 1
                WHEN kind > 0.75 AND (buys < 0.25 OR own = {number}) THEN 1
                ELSE 0 END AS orders
            FROM people
        ), orders AS (
            SELECT *, CAST(unnest(range(CAST(orders AS BIGINT))) AS BIGINT) AS of_month FROM buyers WHERE orders > 0
        ), lines AS (
            SELECT *, CAST(unnest(range(CAST(1 + floor({draw("lines", "n", str(number), "of_month")}
                * CASE WHEN kind < 0.08 THEN 5 ELSE 4 END) AS BIGINT))) AS BIGINT) AS line FROM orders
        ), drawn AS (
            SELECT *, CAST(floor(5 * CASE
                WHEN taste < 0.9 AND {draw("own_taste", "n", str(number), "of_month", "line")} < 0.8 THEN taste / 0.9
                ELSE {draw("category", "n", str(number), "of_month", "line")} END) AS INTEGER) AS category,
                CAST(floor({PRODUCTS_PER_CATEGORY} * power({draw("place", "n", str(number), "of_month", "line")}, 2))
                    AS INTEGER) AS place,
                CAST(1 + floor(power({draw("pieces", "n", str(number), "of_month", "line")}, 2) * (0.5 + 2 * purse)
                    * CASE WHEN kind < 0.08 THEN 30 WHEN kind < 0.35 THEN 10 ELSE 5 END) AS BIGINT) AS pieces,
                {draw("back", "n", str(number), "of_month", "line")} < 0.02 AS back,
                CAST(floor({draw("day", "n", str(number), "of_month")} * 28 * 24 * 60) AS INTEGER) AS minute
            FROM lines
        )
        SELECT DATE '{month}' AS month, printf('%09d', n) AS customer_id,
            printf('%09d-{number}-%d', n, of_month) AS order_id,
            TIMESTAMPTZ '{month} 00:00:00+00' + to_minutes(minute) AS ordered_at,
            {_product("category", "place")} AS product_id, {_name("category", "place")} AS description,
            CASE WHEN back THEN -pieces ELSE pieces END AS quantity, {_price("category", "place")} AS unit_price,
            CAST(quantity * unit_price AS DECIMAL(18, 4)) AS amount,
            'United Kingdom' AS country, CASE WHEN back THEN 'return' ELSE 'sale' END AS kind, TRUE AS is_product
        FROM drawn
    """


def _product(category: str, place: str) -> str:
    return f"printf('P%d%02d', CAST({category} AS INTEGER), CAST({place} AS INTEGER))"


def _name(category: str, place: str) -> str:
    return f"printf('Produto %d.%d', CAST({category} AS INTEGER), CAST({place} AS INTEGER))"


def _price(category: str, place: str) -> str:
    return f"CAST(0.95 + ({category} * 7 + {place} * 3) % 11 AS DECIMAL(18, 4))"
