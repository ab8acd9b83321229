"""The warehouse as a resource: the database that the deployment names, or a file a domain.

Belongs here: which database it is, and where. Does not belong here: what is written there (`postgres`, `sqlite`).
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import dagster as dg
from pydantic import PrivateAttr

from arcana_assets.catalogue.tables import table_named
from arcana_assets.deployment import PUBLISHED_MODE, WAREHOUSE_OFF
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.exports.editions import let_pass, mode_of_folder
from arcana_assets.lake.rows import Permission
from arcana_assets.warehouse.columns import Dialect
from arcana_assets.warehouse.errors import DatabaseFailed
from arcana_assets.warehouse.month import Database, Erased, MonthOfTable, Taken
from arcana_assets.warehouse.sqlite import Sqlite
from arcana_assets.warehouse.tables import warehouse_tables

FILE = "arcana.db"


def dialect_of(uri: str) -> Dialect:
    """The database that `Deployment.warehouse` names."""
    return "postgres" if uri else "sqlite"


def schema_of(domain: str) -> str:
    """The schema of a domain in a PostgreSQL database."""
    return f"arcana_{domain}"


class Warehouse(dg.ConfigurableResource):
    """Where tables for BI tools are: a PostgreSQL database, or an SQLite file for each domain.

    `uri` is `Deployment.warehouse`; nothing for SQLite, whose files are `<folder>/<domain>/published/arcana.db`, with
    the `mode` of published files. A password comes from PGPASSWORD or ~/.pgpass and from nowhere else.
    """

    uri: str = ""
    folder: str
    mode: int = PUBLISHED_MODE
    _permitted: Permission | None = PrivateAttr(None)

    def asking(self, permitted: Permission) -> Self:
        """This warehouse for a run that may lose the right to publish: it is asked before a month takes its place."""
        asking = self.model_copy()
        asking._permitted = permitted
        return asking

    @contextmanager
    def opened(self, domain: str) -> Iterator["Opened"]:
        """The tables of a domain, for as long as the `with`. Raises NoDriver, DatabaseFailed."""
        database = self._database(domain)
        try:
            yield Opened(database, self._permitted)
        finally:
            database.close()

    def server(self, domain: str) -> tuple[str, str]:
        """The PostgreSQL database where tables are, nothing where they are files; and the schema of a domain in one."""
        served = self.uri not in ("", WAREHOUSE_OFF) and dialect_of(self.uri) == "postgres"
        return (self.uri if served else ""), schema_of(domain)

    def erase(self, domain: CustomerDomain, ids: Collection[str]) -> dict[str, int]:
        """Takes the rows of customers out of every table of a domain; how many rows went, by table that lost any.

        Nothing where there is no database. Raises NoDriver, DatabaseFailed.
        """
        if self.uri == WAREHOUSE_OFF or (not self.uri and not self.file(domain.name).exists()):
            return {}
        with self.opened(domain.name) as database:
            gone = {each.table: database.erase(each, ids) for each in erased_tables(domain)}
            database.tidy()
        return {table: rows for table, rows in gone.items() if rows}

    def file(self, domain: str) -> Path:
        """The SQLite file of a domain."""
        return Path(self.folder) / domain / "published" / FILE

    def _database(self, domain: str) -> Database:
        if dialect_of(self.uri) == "postgres":
            from arcana_assets.warehouse.postgres import Postgres  # its driver comes with an extra

            return Postgres(self.uri, schema_of(domain))
        path = self.file(domain)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.parent.stat().st_mode & 0o777 != mode_of_folder(self.mode):
                path.parent.chmod(mode_of_folder(self.mode))
            let_pass((path.parents[1], path.parents[2]), self.mode)  # the domain, and the lake itself
            if not path.exists():
                path.touch()
                path.chmod(self.mode)
        except OSError as error:
            raise DatabaseFailed(domain, str(path), str(error), retriable=False) from error
        return Sqlite(path)


class Opened:
    """The tables of a domain in a database that is open."""

    def __init__(self, database: Database, permitted: Permission | None):
        self.place = database.place
        self._database, self._permitted = database, permitted

    def erase(self, told: Erased, ids: Collection[str]) -> int:
        """As `Database.erase`."""
        return self._database.erase(told, ids)

    def tidy(self) -> None:
        """As `Database.tidy`."""
        self._database.tidy()

    def take(self, month: MonthOfTable) -> Taken:
        """As `Database.take`, with the permission of the run."""
        return self._database.take(month, self._permitted or _always)


def erased_tables(domain: CustomerDomain) -> list[Erased]:
    """The tables of the database that hold customers, and in which columns, as their gold tables declare."""
    found = []
    for table in warehouse_tables(domain):
        gold = table_named(table.gold[0], domain.facets)
        names = {each: table.words.get(each, each) for each in gold.customers}
        lists = [each for each in names if gold.columns[each].lists_customers]
        plain = [names[each] for each in names if each not in lists]
        if names:
            found.append(Erased(table.name, table.month, tuple(plain), tuple(names[each] for each in lists)))
    return found


def _always() -> None:
    """Nobody is asked where no run publishes."""
