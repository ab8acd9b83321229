"""Views: the newest month of every table, a customer's clusters beside one another, and the dimensions of a star.

Belongs here: what each view shows. Does not belong here: making them in a database (`postgres`, `sqlite`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from arcana_assets.engine.duckdb.sql import literal, quoted
from arcana_assets.presentation.language import Language, language_of
from arcana_assets.warehouse.columns import Dialect
from arcana_assets.warehouse.tables import CLUSTERS, WarehouseTable

LEDGER = "publicacoes"


@dataclass(frozen=True)
class View:
    """A view: its columns by name, with what each shows, and all that stands after them in its query."""

    name: str
    about: str
    columns: Mapping[str, str]
    source: str

    def query(self, kept: Mapping[str, str]) -> str:
        """Its query. `kept` are the columns that it has in the database, with types: they stay, and new ones follow."""
        shown = {name: self.columns.get(name, f"CAST(NULL AS {kind})") for name, kind in kept.items()}
        shown |= {name: what for name, what in self.columns.items() if name not in shown}
        return f"SELECT {', '.join(f'{what} AS {quoted(name)}' for name, what in shown.items())} {self.source}"


def views_of(
    table: WarehouseTable,
    columns: Sequence[str],
    clusters: Mapping[str, str],
    dialect: Dialect,
    place: Callable[[str], str],
    language: str,
) -> Iterator[View]:
    """The views over a table with these columns. `clusters` are the columns of a customer's clusters by segmentation,
    `place` is where a table of the database is, `language` that of the domain."""
    same = {name: quoted(name) for name in columns}
    newest = f"(SELECT max(mes) FROM {place(LEDGER)} WHERE tabela = {literal(table.name)})"
    of_now = f"FROM {place(table.name)} WHERE {quoted(table.month)} = {newest}"
    if table.name == CLUSTERS:
        shown = {name: quoted(name) for name in (table.month, "id_cliente")}
        shown |= {
            column: f"max(CASE WHEN segmentacao = {literal(name)} THEN {quoted('cluster')} END)"
            for name, column in clusters.items()
        }
        about = "The clusters of each customer in the newest month, a column a segmentation. A row is a customer."
        yield View(f"{table.name}_atual", about, shown, f"{of_now} GROUP BY {quoted(table.month)}, id_cliente")
    else:
        yield View(f"{table.name}_atual", f"The newest month of {table.name}.", same, of_now)
    if table.name == "segmentos":
        names = ("chave_segmento", "segmentacao", "id_segmento", "persona")
        yield _newest(table, "dim_segmento", "chave_segmento", names, place, "Every segment, as it was called last.")
    if table.name == "itens":
        yield _newest(table, "dim_item", "id_item", ("id_item", "item"), place, "Every item, as it was called last.")
    yield _months(dialect, place, language_of(language))


def _newest(
    table: WarehouseTable, name: str, key: str, columns: Sequence[str], place: Callable[[str], str], about: str
) -> View:
    """A row a key: that of the last month that has it."""
    last = f"(SELECT {key} AS k, max(mes) AS m FROM {place(table.name)} GROUP BY {key})"
    source = f"FROM {place(table.name)} AS t JOIN {last} AS n ON t.{key} = n.k AND t.mes = n.m"
    shown = {column: f"t.{quoted(column)}" for column in columns} | {"visto_em": "t.mes"}
    return View(name, f"{about} A row is a {key}.", shown, source)


def _months(dialect: Dialect, place: Callable[[str], str], language: Language) -> View:
    """Every month from the first to the last that was published, without gaps."""
    first, last = (f"(SELECT {which}(mes) FROM {place(LEDGER)})" for which in ("min", "max"))
    if dialect == "postgres":
        made = f"SELECT CAST(g AS date) AS mes FROM generate_series({first}, {last}, interval '1 month') AS g"
        year, month = "CAST(extract(year FROM mes) AS integer)", "CAST(extract(month FROM mes) AS integer)"
        text = "to_char(mes, 'YYYY-MM')"
    else:
        made = (
            f"WITH RECURSIVE every(mes) AS (SELECT {first} UNION ALL SELECT date(mes, '+1 month') FROM every "
            f"WHERE mes < {last}) SELECT mes FROM every WHERE mes IS NOT NULL"
        )
        year, month = "CAST(substr(mes, 1, 4) AS INTEGER)", "CAST(substr(mes, 6, 2) AS INTEGER)"
        text = "substr(mes, 1, 7)"
    names = " ".join(
        f"WHEN {number} THEN {literal(name)}" for number, name in enumerate(language.words("notation.months"), 1)
    )
    shown = {
        "mes": "mes",
        "ano": year,
        "trimestre": f"({month} + 2) / 3",
        "mes_do_ano": month,
        "nome_do_mes": f"CASE {month} {names} END",
        "ano_mes": text,
    }
    return View("dim_mes", "Months, without gaps. A row is a month.", shown, f"FROM ({made}) AS months")
