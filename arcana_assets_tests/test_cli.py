"""The command as a user types it, in a process of its own where what it writes and what it loads matter.

Slow: those that are marked start processes that load or refresh whole domains.
"""

import importlib
import io
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.request import Request, urlopen

import dagster as dg
import pyarrow as pa
import pytest
from rich.console import Console

from arcana_assets import __version__
from arcana_assets.automation.instance import instance_of
from arcana_assets.automation.location import MODULE
from arcana_assets.automation.refresh import Refresh
from arcana_assets.cli import main, terminal
from arcana_assets.cli.demo import demo
from arcana_assets.cli.refresh import _ui as page_command
from arcana_assets.cli.terminal import progress
from arcana_assets.definitions import DEFS, build_definitions
from arcana_assets.deployment import Deployment
from arcana_assets.domain.folder import load_domain
from arcana_assets.domain.months import month_at, shifted
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.graph.run import AS_OF_TAG
from arcana_assets.samples.retail.folder import write_retail_drop
from arcana_assets_tests.worlds.receivers import web_server
from arcana_assets_tests.worlds.shop import line

ROOT = Path(__file__).parents[1]


def started(folder: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    code = "import sys; from arcana_assets.cli import main; sys.argv[0] = 'arcana'; main()"
    env = {name: value for name, value in os.environ.items() if not name.startswith(("ARCANA_", "DAGSTER_"))}
    env |= {"ARCANA_LAKE": str(folder / "lake"), "PYTHONPATH": str(ROOT), "COLUMNS": "200", **environment}
    command = [sys.executable, "-c", code, *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=env, cwd=folder)


def arcana(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    with started(folder, *arguments, **environment) as command:
        out, err = command.communicate()
    return subprocess.CompletedProcess(command.args, command.returncode, out, err)


@pytest.fixture(autouse=True)
def environment() -> Iterator[None]:
    """As it was: a command that runs in this process tells its children of the lake by the environment."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """What is said of a command that ends with exit code 2 before it does anything: in this process."""
    for name in os.environ:
        if name.startswith(("ARCANA_", "DAGSTER_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("ARCANA_LAKE", str(tmp_path / "lake"))

    def said(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["arcana", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 2
        return " ".join(capsys.readouterr().err.replace("│", " ").split())

    return said


@pytest.mark.slow
def test_a_sample_can_be_refreshed_and_the_summary_read_by_a_machine(tmp_path: Path) -> None:
    """Slow: two processes that import the platform, and a month with everything that the demo has, MLflow included."""
    assert arcana(tmp_path, "sample", "retail", "--customers", "40", "--months", "1", "--seed", "3").returncode == 0
    done = arcana(tmp_path, "refresh", "retail", "--months", "2010-12", "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert summary["succeeded"]
    assert summary["months"] == ["2010-12"]
    assert summary["rows"]["retail/gold/segments"] > 0
    assert summary["rows"]["retail/gold/recommendations"] == 0, "there is nothing to compare with in a first month"
    assert summary["failures"] == []
    assert {path.name for path in tmp_path.iterdir()} == {"lake"}, "nothing is written outside of the lake"
    lake = tmp_path / "lake"
    for name in (".dagster", ".mlflow", "retail/gold", "retail/models", "retail/bronze", "retail/silver"):
        assert (lake / name).stat().st_mode & 0o77 == 0, f"only its owner looks into {name}"
    for name in ("", "2010-12.csv", "2010-12.xlsx"):
        assert (lake / "retail/published/base_analitica" / name).stat().st_mode & 0o44 == 0o44
    database = lake / "retail/published/arcana.db"
    clusters = summary["rows"]["retail/warehouse/cluster_clientes"]
    assert clusters == summary["rows"]["retail/gold/segments"] > 0
    database.unlink()
    done = arcana(tmp_path, "publish", "retail", "--months", "2010-12")
    assert done.returncode == 0, done.stderr
    assert f"retail/warehouse/cluster_clientes │ {clusters} │" in " ".join(done.stdout.split())
    assert database.stat().st_mode & 0o44 == 0o44


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_refresh_that_is_stopped_ends_within_ten_seconds_with_130_and_its_run_is_canceled(tmp_path: Path, number):
    """Slow: a process that imports the platform and begins a month."""
    write_retail_drop(tmp_path / "lake" / "landing" / "retail", customers=40, months=2, seed=3)
    refresh = started(tmp_path, "refresh", "retail", "--months", "2010-12:2011-01")
    silver = tmp_path / "lake" / "retail" / "silver" / "transactions" / "_delta_log"
    until = time.monotonic() + 90
    while not list(silver.glob("*.json")):  # in the midst of the run
        assert refresh.poll() is None
        assert time.monotonic() < until
        time.sleep(0.05)
    sent = time.monotonic()
    refresh.send_signal(number)
    _, said = refresh.communicate(timeout=30)
    assert (refresh.returncode, "stopped" in said) == (130, True), said
    assert time.monotonic() - sent < 10
    tables = {log: log.stat().st_mtime_ns for log in (tmp_path / "lake" / "retail").rglob("_delta_log/*.json")}
    with sqlite3.connect(tmp_path / "lake" / ".dagster" / "history" / "runs.db") as runs:
        assert runs.execute("SELECT status FROM runs").fetchall() == [("CANCELED",)]
    time.sleep(1)
    assert tables == {log: log.stat().st_mtime_ns for log in (tmp_path / "lake" / "retail").rglob("_delta_log/*.json")}
    assert not list((tmp_path / "lake" / "retail" / "published").glob("*/*.csv"))


@pytest.mark.slow
def test_a_refresh_that_fails_says_why_and_ends_with_1_and_settings_that_somebody_edited_stay(tmp_path: Path) -> None:
    settings = tmp_path / "lake" / ".dagster" / "dagster.yaml"
    settings.parent.mkdir(parents=True)
    edited = (ROOT / "dagster.yaml").read_text() + "\n# edited here\n"
    settings.write_text(edited)
    done = arcana(tmp_path, "refresh", "retail", "--months", "2010-12")
    assert settings.read_text() == edited
    assert done.returncode == 1
    assert "expected files like" in done.stderr
    assert "transactions/*.csv, found none" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["refresh", "retial", "--months", "2010-12"], "did you mean 'retail'?"),
        (["refresh", "retail", "--months", "2010-13"], "'2010-13' is not a month such as 2010-12"),
        (["refresh", "retail", "--months", "2011-01:2010-12"], "ends before it begins"),
        (["refresh", "retail", "--months", "2010-12", "--as-of", "10/12/2010"], "expected a day such as 2011-12-10"),
        (["refresh", "retail", "--months", "2010-12", "--as-of", "2010-12-32"], "expected a day such as 2011-12-10"),
        (["refresh", "retail", "--months", "2010-12", "--as-of", "2010-W50-1"], "expected a day such as 2011-12-10"),
        (["refresh", "retail", "--months", "2010-12", "--as-of", "2999-01-01"], "has not come yet"),
        (["refresh", "retail", "--months", "2010-12:2011-02", "--as-of", "2011-01-31"], "and 2011-02 is asked for"),
        (["publish", "retial", "--months", "2010-12"], "did you mean 'retail'?"),
        (["sample", "retial"], "did you mean 'retail'?"),
        (["sample", "retail", "--customers", "1"], "customers"),
    ],
)
def test_a_wrong_word_is_answered_with_the_right_one(refused, arguments: list[str], said: str) -> None:
    assert said in refused(*arguments)


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        (["--as-of", "2011-07-10"], "2011-07-09T23:00:00+00:00"),  # summer time in London
        (["--as-of", "2011-07-10T05:00"], "2011-07-10T04:00:00+00:00"),
        (["--as-of", "2011-07-10T05:00:00-03:00"], "2011-07-10T08:00:00+00:00"),
        ([], None),
    ],
)
def test_a_refresh_computes_as_of_the_day_that_it_is_told(tmp_path, monkeypatch, said, moment):
    asked = []

    def refreshed(job, months, instance, progress, tags, run_id, ops):
        asked.append(tags)
        return Refresh(run_id, ["2011-07"], succeeded=True)

    monkeypatch.setenv("ARCANA_LAKE", str(tmp_path / "lake"))
    monkeypatch.setattr("arcana_assets.automation.refresh.refresh", refreshed)
    monkeypatch.setattr(sys, "argv", ["arcana", "refresh", "retail", "--months", "2011-07", "--json", *said])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert asked == [{AS_OF_TAG: moment} if moment else {}]


def test_the_demo_is_a_domain_of_its_own_that_begins_five_months_ago_and_goes_on(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setenv("ARCANA_LAKE", str(tmp_path / "lake"))
    monkeypatch.setenv("ARCANA_DEFS", str(tmp_path / "defs"))
    command = importlib.import_module("arcana_assets.cli.demo")  # the package has the function under this name
    monkeypatch.setattr(command, "run_job", lambda *said: asked.append(said))
    monkeypatch.setattr(command, "CUSTOMERS", 40)
    open_month = month_at(datetime.now(UTC), "Europe/London")
    demo()
    domain = load_domain(tmp_path / "defs" / "shop")
    assert (domain.name, domain.title, domain.start) == ("shop", "Varejo (demo)", shifted(open_month, -5))
    assert asked == [("refresh", "shop", f"{shifted(open_month, -5):%Y-%m}:{open_month:%Y-%m}")]
    files = sorted(path.stem for path in (tmp_path / "lake" / "landing" / "shop" / "transactions").iterdir())
    assert files[:5] == [f"{shifted(open_month, by):%Y-%m}" for by in range(-5, 0)]
    edited = (tmp_path / "defs" / "shop" / "defs.yaml").read_text(encoding="utf-8")
    begun = edited.replace(f"start: {shifted(open_month, -5):%Y-%m}", f"start: {shifted(open_month, -7):%Y-%m}")
    (tmp_path / "defs" / "shop" / "defs.yaml").write_text(begun, encoding="utf-8")  # as one that was made then
    demo()
    assert asked[1] == ("refresh", "shop", f"{shifted(open_month, -7):%Y-%m}:{open_month:%Y-%m}")
    assert load_domain(tmp_path / "defs" / "shop").start == shifted(open_month, -7)


def test_what_starts_the_page_is_make_in_the_repository_and_the_command_elsewhere(tmp_path, monkeypatch):
    """A package that pip installed has no Makefile; the places that a command was told are told again."""
    monkeypatch.chdir(tmp_path)
    for name in ("ARCANA_LANDING", "ARCANA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ARCANA_LAKE", "my lake")
    monkeypatch.setenv("ARCANA_DEFS", "defs")
    assert page_command(Deployment.from_env()) == "ARCANA_LAKE='my lake' ARCANA_DEFS=defs arcana ui"
    monkeypatch.chdir(ROOT)
    assert page_command(Deployment.from_env()) == "make ui LAKE='my lake'"
    monkeypatch.setenv("ARCANA_LAKE", "s3://bucket/lake")
    monkeypatch.setenv("ARCANA_HOME", str(tmp_path))
    assert page_command(Deployment.from_env()) == "make ui LAKE=s3://bucket/lake"
    monkeypatch.delenv("ARCANA_HOME")
    monkeypatch.delenv("ARCANA_LAKE")
    assert page_command(Deployment.from_env()) == "make ui"


def test_the_demo_is_not_written_into_the_package(refused):
    assert "the demo has a domain of its own: name a folder for it" in refused("demo")


def told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """The exit code of a command in this process, and what it said, in one line."""
    monkeypatch.setattr(sys, "argv", ["arcana", *arguments])
    monkeypatch.setenv("COLUMNS", "300")
    for each in (terminal.console, terminal.errors):  # of the width that another test happened to load them with
        monkeypatch.setattr(each, "_width", 300)
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    return ended.value.code or 0, " ".join((said.out + said.err).split())


def test_the_version_is_that_of_the_package_and_completion_can_be_installed(monkeypatch, capsys):
    assert told(monkeypatch, capsys, "--version") == (0, f"arcana-assets {__version__}")
    assert "--install-completion" in told(monkeypatch, capsys, "--help")[1]


def test_without_a_terminal_each_step_is_a_line():
    written = io.StringIO()
    with progress("refresh retail", Console(file=written, width=80)) as step:
        for doing, ended in (("reading files: sales", 0), ("reading files: sales", 1), ("checking rows: sales", 1)):
            step(doing, ended, 2)
        step("checking rows: [sales]", 2, 2)
    assert written.getvalue() == (
        "refresh retail: 1/2 reading files: sales\nrefresh retail: 2/2 checking rows: [sales]\n"
    )


def test_on_a_terminal_progress_is_a_bar():
    written = io.StringIO()
    with progress("refresh retail", Console(file=written, width=80, force_terminal=True)) as step:
        step("reading files: sales", 1, 2)
    assert "\x1b[" in written.getvalue()
    assert "refresh retail: 1/2" not in written.getvalue()


@pytest.mark.parametrize("named", ["[/sales] 2024.csv", "[bold] 2024.csv"])
def test_on_a_terminal_what_is_done_is_told_as_it_is_called_also_with_brackets(named):
    written = io.StringIO()
    with progress(named, Console(file=written, width=120, force_terminal=True)) as step:
        step(named, 1, 2)
    assert named in written.getvalue()


@pytest.mark.parametrize("named", ["[acme]", "[/acme]"])
def test_places_are_told_as_they_are_called_also_with_brackets(tmp_path, monkeypatch, capsys, named):
    for name in os.environ:
        if name.startswith(("ARCANA_", "DAGSTER_")):
            monkeypatch.delenv(name)
    place = tmp_path / named
    monkeypatch.setenv("ARCANA_LAKE", str(place / "lake"))
    asked = ("sample", "retail", "--customers", "40", "--months", "1", "--truth", str(place / "truth.csv"))
    code, said = told(monkeypatch, capsys, *asked)
    assert code == 0, said
    assert f"files below {place}/lake/landing/retail" in said
    assert f"planted truth in {place}/truth.csv" in said
    monkeypatch.setenv("ARCANA_DEFS", str(place / "defs"))
    (place / "defs").mkdir()
    code, said = told(monkeypatch, capsys, "check")
    assert (code, f"expected a domain below {place}/defs, found none" in said) == (1, True), said
    assert f"{named}/lake" in "".join(told(monkeypatch, capsys, "status")[1].split()), "the title, in lines"


def test_refused_rows_are_counted_by_reason_and_shown_only_on_demand(shop, monkeypatch, capsys):
    shop.deliver("2010-12.csv", *(line(str(order), "12/1/2010", price=f"-{order}.5") for order in range(1, 5)))
    shop.deliver("more.csv", line("9", "12/2/2010"), line("10", "12/2/2010", price="-77.25"))
    shop.materialize()
    monkeypatch.setenv("ARCANA_LAKE", shop.platform.deployment.lake)
    code, said = told(monkeypatch, capsys, "quarantine", "retail", "transactions")
    assert code == 0
    assert "unit_price: must be greater than 0" in said
    assert re.search(r"greater than 0[^│]*│ 5 │ transactions/2010-12.csv", said)
    assert "transactions/more.csv" in said
    assert "77.25" not in said
    assert "17850" not in said, "a customer"
    _, said = told(monkeypatch, capsys, "quarantine", "retail", "transactions", "--month", "2010-12", "--rows", "5")
    assert said.count('"CustomerID": "17850"') == 5
    assert (
        told(monkeypatch, capsys, "quarantine", "retail", "transaction")[1].count("did you mean 'transactions'?") == 1
    )
    code, said = told(monkeypatch, capsys, "quarantine", "retail", "products")
    assert (code, "nothing of retail/products yet" in said) == (2, True)


def test_the_status_names_months_broken_domains_and_failing_checks(shop, two_domains, tmp_path, monkeypatch, capsys):
    lake, key = shop.platform.lake, dg.AssetKey(["retail", "gold", "customer_360"])
    rows = pa.table({"month": [date(2010, 12, 1), date(2011, 2, 1)], "customer_id": ["a", "b"]})
    rows = rows.set_column(0, "month", rows["month"].cast(pa.date32()))
    months = [date(2010, 12, 1), date(2011, 1, 1), date(2011, 2, 1)]
    lake.write(key.path, rows, months, engine=Engine(), run_id="earlier")
    monkeypatch.setenv("ARCANA_LAKE", lake.root)
    monkeypatch.setenv("ARCANA_DEFS", str(two_domains))
    with instance_of(Deployment.from_env()) as instance:
        check = min(
            key
            for key in build_definitions().resolve_asset_graph().asset_check_keys
            if key.asset_key == dg.AssetKey(["retail", "gold", "customer_360"])
        )
        for passed in (True, False):
            instance.report_runless_asset_event(
                dg.AssetCheckEvaluation(check.asset_key, check.name, passed, description="3 customers twice")
            )
    code, said = told(monkeypatch, capsys, "status")
    assert code == 1
    assert "2010-12, 2011-02; lacks 2011-01; not yet 2011-03 to " in said
    assert f"failed retail/gold/customer_360: {check.name}: 3 customers twice" in said
    assert "mall │ cannot be read" in said
    assert "mall/defs.yaml:10: attributes.currency" in said


@pytest.fixture
def two_domains(tmp_path: Path) -> Path:
    """A folder of domains of which one is right and the other is not."""
    for name in ("retail", "mall"):
        shutil.copytree(DEFS / name, tmp_path / "defs" / name)
    wrong = tmp_path / "defs" / "mall" / "defs.yaml"
    wrong.write_text(wrong.read_text(encoding="utf-8").replace("currency: ", "currency: x"), encoding="utf-8")
    return tmp_path / "defs"


@pytest.mark.slow
def test_a_broken_domain_is_named_by_check_with_its_line_and_the_others_go_on(two_domains, tmp_path):
    elsewhere = {"ARCANA_DEFS": str(two_domains), "COLUMNS": "400"}
    done = arcana(tmp_path, "check", **elsewhere)
    assert (done.returncode, done.stdout) == (1, "contracts: these domains load: retail\n")
    assert f"error: {two_domains}/mall/defs.yaml:10: attributes.currency: " in done.stderr
    broken = arcana(tmp_path, "refresh", "mall", "--months", "2024-01", **elsewhere)
    assert broken.returncode == 2
    assert f"error: {two_domains}/mall/defs.yaml:10: attributes.currency: " in broken.stderr
    other = arcana(tmp_path, "refresh", "retail", "--months", "2010-12", **elsewhere)
    assert other.returncode == 1
    assert "expected files like" in other.stderr, "it ran, and there are no files"
    assert "mall" not in other.stderr


@pytest.mark.slow
def test_a_deployment_of_a_folder_of_ones_own_is_green_without_pages_of_the_repository(two_domains, tmp_path):
    """With the package where an installed one lies: without the repository around it."""
    site = tmp_path / "site-packages"
    shutil.copytree(ROOT / "arcana_assets", site / "arcana_assets", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(ROOT / "dagster.yaml", site / "arcana_assets" / "dagster.yaml")
    (site / "docs" / "reference").mkdir(parents=True)  # of another package
    shutil.rmtree(two_domains / "mall")
    (two_domains / "retail").rename(two_domains / "bakery")
    said = (two_domains / "bakery" / "defs.yaml").read_text(encoding="utf-8")
    (two_domains / "bakery" / "defs.yaml").write_text(said.replace("name: retail", "name: bakery"), encoding="utf-8")
    done = arcana(tmp_path, "check", ARCANA_DEFS=str(two_domains), PYTHONPATH=str(site))
    assert (done.returncode, done.stderr) == (0, "")
    assert "every domain loads: bakery" in done.stdout
    assert "docs" not in done.stdout


def test_pages_of_domains_that_are_not_deployed_are_not_asked_for(two_domains, tmp_path, monkeypatch, capsys):
    shutil.rmtree(two_domains / "mall")
    monkeypatch.setenv("ARCANA_LAKE", str(tmp_path / "lake"))
    monkeypatch.setenv("ARCANA_DEFS", str(two_domains))
    monkeypatch.setattr("arcana_assets.catalogue.domain_page.stale_reference", lambda *asked: [Path("retail.md")])
    code, said = told(monkeypatch, capsys, "check")
    assert (code, "docs" in said) == (0, False), said


def test_without_a_database_nothing_can_be_published(refused, monkeypatch) -> None:
    monkeypatch.setenv("ARCANA_WAREHOUSE", "off")
    assert "ARCANA_WAREHOUSE is off, so there is no database" in refused("publish", "retail", "--months", "2010-12")


def test_channels_are_tried_and_what_is_open_is_listed(tmp_path, monkeypatch, capsys) -> None:
    """In this process; the web server that a channel names is real, and the other address is not set."""
    for name in os.environ:
        if name.startswith(("ARCANA_", "DAGSTER_")):
            monkeypatch.delenv(name)
    file = tmp_path / "alerts.yaml"
    monkeypatch.setenv("ARCANA_LAKE", str(tmp_path / "lake"))
    monkeypatch.setenv("ARCANA_ALERTS", str(file))

    def said(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["arcana", "alerts", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        return ended.value.code, told.out + told.err

    with web_server() as site:
        monkeypatch.setenv("ARCANA_ALERT_HOOK_URL", f"{site.url}/t0ken")
        file.write_text("channels:\n- webhook: ARCANA_ALERT_HOOK_URL\n")
        assert said("test") == (0, "told webhook:ARCANA_ALERT_HOOK_URL\n")
        file.write_text("channels:\n- webhook: ARCANA_ALERT_HOOK_URL\n- slack: ARCANA_ALERT_SLACK_URL\n")
        code, told = said("test")
        assert code == 1
        assert "told webhook:ARCANA_ALERT_HOOK_URL\n" in told
        assert "not told slack:ARCANA_ALERT_SLACK_URL: ARCANA_ALERT_SLACK_URL is not set" in told
        assert [content["title"] for _, content in site.posts] == ["Arcana: Mensagem de teste"] * 2
    file.write_text("channels: []\n")
    assert said("test")[0] == 1
    assert said() == (0, "nothing is open\n")
    code, told = said("close", "check:retail/gold/segments:as_declared", "--reason", "seen to")
    assert (code, "open are: none" in " ".join(told.replace("│", " ").split())) == (2, True)


def test_an_unknown_environment_is_an_error_that_names_the_known_ones(refused, monkeypatch) -> None:
    monkeypatch.setenv("ARCANA_ENV", "prodution")
    assert "local or production" in refused("refresh", "retail", "--months", "2010-12")


def test_a_sample_is_not_written_among_files_of_another_origin(refused, tmp_path):
    landing = tmp_path / "lake" / "landing" / "retail" / "transactions"
    landing.mkdir(parents=True)
    (landing / "data.csv").write_text("somebody's sales")
    assert "transactions/data.csv" in refused("sample", "retail", "--customers", "40", "--months", "1")
    assert [path.name for path in landing.iterdir()] == ["data.csv"]


def test_a_home_that_cannot_be_written_is_an_error_that_names_the_variable(refused, tmp_path, monkeypatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ARCANA_HOME", str(tmp_path / "file" / "home"))
    assert "ARCANA_HOME" in refused("refresh", "retail", "--months", "2010-12")


@pytest.mark.slow
def test_loading_the_definitions_loads_no_learning_and_no_plotting(tmp_path: Path) -> None:
    code = (
        "import sys; from arcana_assets.definitions import build_definitions; build_definitions();"
        "names = ('sklearn', 'scipy', 'vl_convert', 'openpyxl', 's3fs', 'psycopg');"
        "print([name for name in names if name in sys.modules])"
    )
    env = os.environ | {"PYTHONPATH": str(ROOT), "ARCANA_LAKE": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, env=env, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.slow
def test_the_web_page_has_the_code_location_and_says_nothing_but_where_it_is(tmp_path: Path) -> None:
    """Slow: Dagster's page, daemon and process of definitions, which take ten seconds to begin and to end."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port = asked.getsockname()[1]
    with started(tmp_path, "ui", "--port", str(port)) as process:
        try:
            lines = [process.stdout.readline(), process.stdout.readline()]
            assert lines[1] == f"open http://127.0.0.1:{port}, stop with Ctrl-C\n"
            query = b'{"query": "{ workspaceOrError { ... on Workspace { locationEntries { name loadStatus } } } }"}'
            request = Request(f"http://127.0.0.1:{port}/graphql", query, {"Content-Type": "application/json"})
            with urlopen(request) as told:
                found = json.load(told)["data"]["workspaceOrError"]["locationEntries"]
            assert found == [{"name": MODULE, "loadStatus": "LOADED"}]
        finally:
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (0, "stopped\n", "")
