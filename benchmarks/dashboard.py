"""The page on 500,000 customers by 24 months: what a view costs beside its bare queries, warm, and with 20 sessions.

The lake is made up: customer 360, segments of three segmentations, their profiles and the moves between them, sorted
as the platform writes them. A view is one run of the page's script in a reader's session, by Streamlit's own test
harness, which does all that a server does but send it. Its bare queries are the SQL that it asked, on the same files,
in a DuckDB with the same limits that does nothing else. An uncached view is of a month that nobody has looked at.
"""

import json
import os
import resource
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.measure import Limit, Options, Outcome, Ratio, Side, in_child, timed, turn_by_turn

CUSTOMERS, MONTHS, SESSIONS = 500_000, 24, 20
SCREENS = ("visao-geral", "segmentos", "clientes")
START = date(2010, 12, 1)
VIEWED = 4  # months, from the last one back, whose views are measured without anything kept


def measure(options: Options) -> Outcome:
    """A lake, then views and their queries in turn."""
    customers, months = (5_000, 6) if options.quick else (CUSTOMERS, MONTHS)
    with tempfile.TemporaryDirectory(prefix="arcana-bench-page-") as kept:
        made = in_child(Side("lake", f"{__name__}:lake", {"root": kept, "customers": customers, "months": months}))
        arguments = {"root": kept}
        sides = [Side(name, f"{__name__}:{name}", arguments) for name in ("views", "bare", "warm", "sessions")]
        figures = turn_by_turn(sides, options.times(1))
    words = "CPU of uncached views / their bare queries"
    return Outcome(
        {"lake": [made], **figures},
        [Ratio(words, "views", "bare", None if options.quick else 1.3, unit="cpu_seconds")],
        facts={"queries": figures["views"][0]["asked"], "rows": made["rows"]},
        limits=[
            Limit("a warm view, milliseconds of CPU", "warm", 30, "milliseconds"),
            Limit(f"memory of the process with {SESSIONS} sessions", "sessions", 400, "held_mb"),
        ],
    )


def lake(folder: Path, root: str, customers: int, months: int) -> dict[str, Any]:
    """Writes the tables that the screens read."""
    from arcana_assets.domain.months import shifted
    from arcana_assets.engine.duckdb.engine import Engine
    from arcana_assets.lake.lake import Lake

    engine, into, rows = Engine(), Lake(root=root), 0
    connection = engine.backend.con
    with timed() as clock:
        for place in range(months):
            month = shifted(START, place)
            for name, query in _tables(month, place, customers).items():
                table = connection.sql(query).to_arrow_table()
                into.write(("retail", "gold", name), table, [month], engine=engine, run_id="benchmark")
                rows += table.num_rows
    return {**vars(clock), "rows": rows}


def views(folder: Path, root: str) -> dict[str, Any]:
    """Each screen in each of some months that nobody has looked at; what they asked is kept for the other side."""
    page, asked = _Page(root), list[dict[str, Any]]()
    for screen in SCREENS:
        page.run(screen)  # what a process loads once
    _recorded(asked)
    with timed() as clock:
        for month in page.months[-2 : -2 - VIEWED : -1]:
            for screen in SCREENS:
                page.run(screen, month)
    Path(root, "asked.json").write_text(json.dumps(asked, default=str))
    return {**vars(clock), "asked": len(asked)}


def bare(folder: Path, root: str) -> dict[str, Any]:
    """The queries of the views, one after the other, with nothing around them."""
    from arcana_assets.engine.duckdb.read_only import read_only

    connection = read_only([root])
    asked = json.loads(Path(root, "asked.json").read_text())
    connection.execute("SELECT 1").fetchall()
    with timed() as clock:
        for each in asked:
            values = each["values"]
            found = connection.sql(each["text"], params=values) if values else connection.sql(each["text"])
            found.to_arrow_table()
    return {**vars(clock), "asked": len(asked)}


def warm(folder: Path, root: str) -> dict[str, Any]:
    """The same views again, when their answers are kept."""
    times = 5
    page = _Page(root)
    for screen in (*SCREENS, *SCREENS):
        page.run(screen)
    with timed() as clock:
        for _turn in range(times):
            for screen in SCREENS:
                page.run(screen)
    return {**vars(clock), "milliseconds": 1000 * clock.cpu_seconds / (times * len(SCREENS))}


def sessions(folder: Path, root: str) -> dict[str, Any]:
    """Twenty readers at different months and screens, all of them open at the end."""
    page = _Page(root)
    with timed() as clock:
        opened = [page.run(SCREENS[at % len(SCREENS)], page.months[-1 - at % 6], True) for at in range(SESSIONS)]
    assert len(opened) == SESSIONS
    return {**vars(clock), "held_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


class _Page:
    """The page on a lake, run as its readers would, screen by screen."""

    def __init__(self, root: str) -> None:
        from arcana_assets.lake.reader import Reader

        os.environ["ARCANA_LAKE"] = root
        months = Reader(root).months(("retail", "gold", "customer_360"))
        self.months = [f"{month:%Y-%m}" for month in months]
        self._sessions: dict[str, Any] = {}

    def run(self, screen: str, month: str | None = None, fresh: bool = False) -> Any:
        """One run of a screen in its session, or in a fresh one."""
        from streamlit.testing.v1 import AppTest
        from streamlit.util import calc_hash

        from arcana_assets.dashboard import access, app

        session = None if fresh else self._sessions.get(screen)
        if session is None:
            script = Path(app.__file__).parent / "run.py"
            session = self._sessions[screen] = AppTest.from_file(str(script), default_timeout=600)
            session.secrets = dict(access.LOOPBACK)
            session._page_hash = calc_hash(screen)  # as `switch_page` does for pages that are files
            session.query_params["mes"] = month or self.months[-1]
            session.run()
        elif month is not None:
            session.sidebar.selectbox[0].set_value(month).run()
        else:
            session.run()
        assert not session.exception, [each.message for each in session.exception]
        return session


def _recorded(asked: list[dict[str, Any]]) -> None:
    """Has readers write down each query that they do not answer from memory."""
    from arcana_assets.lake.reader import Reader

    usual = Reader._asked

    def told(self: Any, query: str, parts: Any, known: Any, values: Any) -> Any:
        asked.append({"text": self._text(query, parts, known), "values": dict(values)})
        return usual(self, query, parts, known, values)

    Reader._asked = told


def _tables(month: date, place: int, customers: int) -> dict[str, str]:
    """The queries that make a month: most customers stay where they are, one in fifty moves."""
    first = f"DATE '{month}' AS month"
    moved = f"(hash(i, {place}) % 50 = 0)"
    segment = f"(CASE WHEN {moved} THEN hash(i, {place}) % 6 ELSE hash(i) % 6 END)"
    base = f"FROM range({customers}) AS r(i)"
    money = f"CAST(exp(5 + 3 * ((hash(i, 1) % 1000) / 1000.0)) + {place} AS DECIMAL(18, 4))"
    numbers = (
        f"CAST(hash(i, {place}, 2) % 180 AS BIGINT) AS recency_days, CAST(1 + hash(i, 3) % 20 AS BIGINT) AS frequency, "
        f"{money} AS monetary, {money} AS gross, CAST(0 AS DECIMAL(18, 4)) AS returned, "
        f"CAST({money} / (1 + hash(i, 3) % 20) AS DECIMAL(18, 4)) AS average_ticket, "
        f"CAST(hash(i, 4) % 60 AS BIGINT) AS distinct_products, 0.0 AS return_share, "
        f"CAST({place} AS BIGINT) AS tenure_months"
    )
    shares = ", ".join(f"((hash(i, 10 + {at}) % 100) / 600.0) AS share_c{at}" for at in range(6))
    code = "lpad(CAST(i AS VARCHAR), 7, '0') AS customer_id"
    names = ("value", "categories", "value_and_categories")
    segments = " UNION ALL ".join(
        f"SELECT {code}, {first}, '{name}' AS segmentation, CAST({segment} + 1 AS BIGINT) AS segment_id, "
        f"printf('%02d-Segmento %s', {segment} + 1, chr(65 + CAST({segment} AS INTEGER))) AS persona, "
        f"CAST(hash(i) % 6 + 1 AS BIGINT) AS previous_segment_id, "
        f"CAST({segment} + 1 AS BIGINT) AS behaviour_segment_id, "
        f"'nenhuma' AS move, 1.0 AS distance {base}"
        for name in names
    )
    personas = "FROM range(6) AS s(k)"
    profiles = " UNION ALL ".join(
        f"SELECT {first}, '{name}' AS segmentation, CAST(k + 1 AS BIGINT) AS segment_id, "
        "printf('%02d-Segmento %s', k + 1, chr(65 + CAST(k AS INTEGER))) AS persona, "
        f"CAST({customers // 6} AS BIGINT) AS customers, 1 / 6.0 AS share, 'x' AS description, "
        "'x' AS typical_customers, "
        "'x' AS membership_rule, 0.9 AS membership_fidelity, 'x' AS actions, true AS confident, 'grupo de clientes' AS "
        f"form, 'x' AS reason, 1.0 AS mean_monetary, 1.0 AS median_monetary, 1.0 AS lift_monetary, 0.5 AS "
        f"percentile_monetary {personas}"
        for name in names
    )
    migration = (
        f"SELECT {first}, 'value' AS segmentation, CAST(k + 1 AS BIGINT) AS from_segment_id, 'a' AS from_persona, "
        "CAST((k + 1) % 6 + 1 AS BIGINT) AS to_segment_id, 'b' AS to_persona, CAST(100 AS BIGINT) AS customers, 1.0 AS "
        f"value, CAST(90 AS BIGINT) AS by_behaviour, CAST(10 AS BIGINT) AS by_model {personas}"
    )
    return {
        "customer_360": f"SELECT {code}, {first}, {numbers}, {shares} {base} ORDER BY customer_id",
        "segments": f"SELECT * FROM ({segments}) ORDER BY segmentation, customer_id",
        "segment_profiles": profiles,
        "segment_migration": migration,
    }
