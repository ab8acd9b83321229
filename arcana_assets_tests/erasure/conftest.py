"""A shop with everything that is computed and published of three months, kept once and copied for each test."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import dagster as dg
import pytest
import yaml

from arcana_assets.automation.refresh import Refresh, refresh
from arcana_assets.components.customer_domain import domain_definitions, resources
from arcana_assets.definitions import DEFS
from arcana_assets.domain.folder import load_domain
from arcana_assets.erasure.places import Roots, Scan, files_of, scan
from arcana_assets.erasure.requests import Request, Requests
from arcana_assets.erasure.wanted import Wanted
from arcana_assets.graph.spec import DomainSpec
from arcana_assets_tests.worlds.platform import Platform
from arcana_assets_tests.worlds.shop import DECEMBER, FEBRUARY, Shop

HER, ANOTHER = "C17850", "C12346"
KEY = "a key of the tests, of more than 32 characters"


def line(order, day, customer, price="1.5"):
    return f"{order},85123A,LAMP,2,{day} 10:30,{price},{customer},France\n"


LINES = [
    line("A1", "12/1/2010", HER),
    line("A2", "12/2/2010", ANOTHER),
    line("A3", "1/2/2011", f" {HER}"),
    line("A4", "1/3/2011", ANOTHER),
    line("A5", "1/3/2011", HER, price="cheap"),  # refused: she is in quarantine, too
    line("A6", "1/3/2011", ""),
    f"A7,bad,{HER}\n",  # a line that is no row
    *(line(f"B{n}", f"{1 + n % 2}/{1 + n % 27}/2011", f"C2{n % 20:04}", str(1 + n)) for n in range(40)),
]


@dataclass
class World:
    """The shop, and what is done with it."""

    platform: Platform

    @property
    def roots(self) -> Roots:
        deployment = self.platform.deployment
        return Roots(deployment.lake, deployment.landing, deployment.home, "retail")

    @property
    def inbox(self) -> Requests:
        return Requests(self.platform.deployment.landing, "retail")

    @property
    def job(self) -> dg.JobDefinition:
        folder, deployment = self.platform.folder / "retail", self.platform.deployment
        made = domain_definitions(DomainSpec(load_domain(folder), folder), deployment)
        given = dg.Definitions(resources=resources(deployment), executor=dg.in_process_executor)
        return dg.Definitions.merge(made, given).resolve_job_def("erase_retail")

    def ask(self, *customers: str, reference: str = "R1", keep_until: date | None = None) -> None:
        self.inbox.add(Request(each, date(2026, 1, 2), reference, keep_until) for each in customers)

    def erase(self, *customers: str, accept=(), **options) -> Refresh:
        if customers:
            self.ask(*customers, **options)
        ops = {"prove_erasure_of_retail": {"config": {"places": list(accept), "by": "the tester"}}}
        return refresh(self.job, [], self.platform.instance, lambda *_: None, {}, None, ops)

    def scan(self, *ids: str) -> Scan:
        return scan(files_of(self.roots, self.inbox.paths()), Wanted(ids or (HER,)))

    def refresh(self, last: date = FEBRUARY) -> Refresh:
        return self.platform.refresh(DECEMBER, last)

    def others(self, *, computed: bool = False) -> dict[str, list]:
        """The rows of everybody else in tables that are of customers."""
        tables = [("bronze", "transactions"), ("silver", "transactions"), ("quarantine", "transactions")]
        tables += [("gold", "transactions_monthly"), ("gold", "items_owned")]
        tables += [] if computed else [("gold", "customer_360"), ("gold", "outliers")]
        found = {f"{layer}/{name}": self.platform.rows(layer, name) for layer, name in tables}
        return {name: [row for row in rows if HER not in repr(row)] for name, rows in found.items()}


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("ARCANA_PSEUDONYM_KEY", KEY)


@pytest.fixture(scope="session")
def refreshed(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("shop")
    plain(root / "yaml")
    with world_in(root) as world:
        Shop(world.platform).deliver("sales.csv", *LINES)
        assert world.refresh().succeeded
    return root


def plain(folder: Path) -> None:
    """The deployed domain without what takes minutes to compute, and says of a customer what other tables say."""
    shutil.copytree(DEFS / "retail", folder / "retail")
    path = folder / "retail" / "defs.yaml"
    told = yaml.safe_load(path.read_text())
    for name in ("segmentations", "combinations", "recommendations", "programmes", "predictions", "warehouse"):
        told["attributes"].pop(name, None)
    path.write_text(yaml.safe_dump(told, sort_keys=False))


@contextmanager
def world_in(root: Path) -> Iterator[World]:
    (root / "home").mkdir(exist_ok=True)
    with dg.DagsterInstance.local_temp(str(root / "home")) as instance:
        yield World(Platform(root, instance, root / "yaml"))


@pytest.fixture
def world(refreshed, tmp_path) -> Iterator[World]:
    shutil.copytree(refreshed, tmp_path, dirs_exist_ok=True, symlinks=True)
    with world_in(tmp_path) as world:
        yield world
