"""The benchmarks' own rules: what may be asked, what is written down, and the larger drops made of the real file.

Slow: those that are marked start processes that load or refresh whole domains.
"""

import ast
import json
import os
import signal
import time
from datetime import date
from importlib import import_module
from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest

from arcana_assets.samples.b2b.folder import write_b2b_drop
from benchmarks import b2b_pandas, erasure, landing_to_silver, prediction_methods, prediction_rivals, real_file
from benchmarks.__main__ import B2B, NAMES, RETAIL, main, parsed, table
from benchmarks.b2b_drop import LAST, READY, landing_of_drop
from benchmarks.measure import REPOSITORY, UNITS, Killed, Limit, Options, Outcome, Ratio, Side, Skipped, in_child
from benchmarks.prediction_months import Fold
from benchmarks.prediction_rivals import Fit

HEADER = b"InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
ROWS = (
    b"536365,85123A,WHITE HANGING HEART,6,12/1/2010 8:26,2.55,17850,United Kingdom",
    b'C536379,D,"VINTAGE \xa3 SIGN, BIG",-1,1/31/2011 23:59,27.5,,EIRE',
    b"536366,22633,HAND WARMER,6,12/1/2010 8:28,1.85,17850,United Kingdom",
)


@pytest.fixture
def shop_file(tmp_path, monkeypatch):
    """A file of three rows where the real one is expected."""
    path = tmp_path / "shared" / "online_retail" / "data.csv"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"".join(line + b"\r\n" for line in (HEADER, *ROWS)))
    monkeypatch.setenv("ARCANA_SHARED_DATA", str(tmp_path / "shared"))
    return path


@pytest.fixture
def measured(monkeypatch):
    """A benchmark that says it took 3 and 2 seconds, and what it was asked for."""
    asked = []

    def measure(options: Options) -> Outcome:
        asked.append(options)
        figures = {"ours": [_figure(3, 300), _figure(2, 100), _figure(9, 200)], "floor": [_figure(2, 100)]}
        return Outcome(figures, [Ratio("ours / floor", "ours", "floor", goal=1.6)], {"rows": 3})

    monkeypatch.setattr(landing_to_silver, "measure", measure)
    return asked


def _figure(seconds, megabytes):
    return {"seconds": seconds, "cpu_seconds": 2 * seconds, "peak_mb": megabytes}


def sides_of_nothing(folder, fail=False, ended_by=0, after=0.0):
    """What the child process of a test runs."""
    assert not list(folder.iterdir())
    if fail:
        raise ValueError("as asked")
    if ended_by:
        time.sleep(after)
        os.kill(os.getpid(), ended_by)
    return {"seconds": 0.5, "rows": 7}


def test_without_names_all_benchmarks_are_asked_for():
    assert parsed([]).names == []
    assert parsed(["flat_memory", "--quick", "--repetitions", "2"]).names == ["flat_memory"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["speed"], "no benchmark 'speed'; there are whole_refresh"), (["--repetitions", "0"], "at least 1")],
)
def test_a_wrong_argument_is_named(arguments, message, capsys):
    with pytest.raises(SystemExit):
        parsed(arguments)
    assert message in capsys.readouterr().err


def test_where_its_data_is_absent_every_benchmark_that_reads_some_says_so_and_is_skipped(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("ARCANA_SHARED_DATA", str(tmp_path))
    monkeypatch.setenv(READY, str(tmp_path))
    of_shop = [*RETAIL, "explained_revenue", "recommendations"]
    reading = [*of_shop, *(name for name in B2B if name != "b2b_sample")]
    assert main([*reading, "--output", str(tmp_path / "found.json")]) == 0
    found = json.loads((tmp_path / "found.json").read_text())
    assert found["benchmarks"] == {}
    assert list(found["skipped"]) == reading
    said = capsys.readouterr().out
    assert said.count("set ARCANA_SHARED_DATA") == len(of_shop)
    assert said.count("holds no tickets.csv") == len(B2B) - 1


def test_every_benchmark_has_its_line_in_their_page():
    page = (REPOSITORY / "benchmarks" / "README.md").read_text(encoding="utf-8")
    assert [name for name in NAMES if f"| `{name}` |" not in page] == []


@pytest.mark.parametrize("path", sorted((REPOSITORY / "benchmarks").glob("*.py")), ids=lambda path: path.stem)
def test_every_name_that_a_benchmark_imports_is_there_though_it_is_imported_only_when_it_runs(path):
    imports = [
        (node.module or "", alias.name)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]
    lost = [
        f"{module}: {name}"
        for module, name in imports
        if module.split(".")[0] in ("arcana_assets", "arcana_assets_tests", "benchmarks")
        and not hasattr(import_module(module), name)
        and not find_spec(f"{module}.{name}")
    ]
    assert lost == []


def test_every_unit_of_a_claim_is_one_that_the_table_knows():
    """A benchmark runs for minutes before its table is printed."""
    said = set()
    for path in (REPOSITORY / "benchmarks").glob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") in ("Ratio", "Limit"):
                units = [each.value for each in call.keywords if each.arg == "unit"]
                units += call.args[3:4] if call.func.id == "Limit" else []
                said |= {each.value for each in units if isinstance(each, ast.Constant)}
    assert len(said) > 10
    assert sorted(said - UNITS.keys()) == []


def test_the_results_hold_the_machine_every_turn_the_medians_and_the_goals(tmp_path, measured, capsys):
    assert main(["landing_to_silver", "--repetitions", "3", "--output", str(tmp_path / "found.json")]) == 0
    found = json.loads((tmp_path / "found.json").read_text())
    assert {"cores", "memory_gb", "load_at_start", "python", "duckdb", "dagster"} <= found["machine"].keys()
    (benchmark,) = found["benchmarks"].values()
    assert benchmark["medians"] == {"ours": _figure(3, 200), "floor": _figure(2, 100)}
    assert [turn["seconds"] for turn in benchmark["turns"]["ours"]] == [3, 2, 9]
    assert benchmark["ratios"][0]["value"] == benchmark["ratios"][0]["cpu_value"] == 1.5
    assert benchmark["ratios"][0]["met"] is True
    assert measured == [Options(quick=False, repetitions=3)]
    assert "3.00 / 2.00 s" in capsys.readouterr().out


def test_a_missed_goal_is_exit_code_1_unless_the_run_was_quick(tmp_path, measured, monkeypatch):
    monkeypatch.setattr(Outcome, "met", lambda self, ratio: False)
    output = ["--output", str(tmp_path / "found.json")]
    assert main(["landing_to_silver", *output]) == 1
    assert main(["landing_to_silver", "--quick", *output]) == 0


def test_a_goal_may_be_the_least_or_the_most():
    outcome = Outcome({"slow": [_figure(6, 1)], "fast": [_figure(1, 1)]}, [])
    assert outcome.met(Ratio("", "slow", "fast", goal=5, at_least=True))
    assert not outcome.met(Ratio("", "slow", "fast", goal=5))
    assert outcome.met(Ratio("", "slow", "fast"))


def test_a_limit_is_about_one_side_alone_and_stands_in_the_same_table(tmp_path):
    limits = [Limit("time of ours", "ours", 5), Limit("memory of ours", "ours", 4096, "peak_mb")]
    outcome = Outcome({"ours": [_figure(6, 4096)]}, [], limits=limits)
    assert [outcome.met(claim) for claim in outcome.claims] == [False, True]
    assert [(limit["value"], limit["met"]) for limit in outcome.as_dict()["limits"]] == [(6, False), (4096, True)]
    cells = [list(column.cells) for column in table({"one": outcome}, Options()).columns]
    assert cells == [
        ["time of ours", "memory of ours"],
        ["6.00 s", "4,096 MB"],
        ["", ""],
        ["", ""],
        ["≤ 5 s", "≤ 4,096 MB"],
        ["missed", "met"],
    ]


def test_a_side_runs_in_a_process_of_its_own_with_an_empty_folder_and_its_peak_memory():
    found = in_child(Side("nothing", f"{__name__}:sides_of_nothing"))
    assert found["rows"] == 7
    assert found["peak_mb"] > 5


def test_a_side_that_fails_stops_the_benchmark_with_its_error():
    with pytest.raises(RuntimeError, match="as asked"):
        in_child(Side("nothing", f"{__name__}:sides_of_nothing", {"fail": True}))


def test_a_side_that_a_signal_ends_is_told_from_one_that_fails():
    arguments = {"ended_by": signal.SIGKILL, "after": 0.3}
    with pytest.raises(Killed, match="failed with -9") as found:
        in_child(Side("nothing", f"{__name__}:sides_of_nothing", arguments))
    assert found.value.signal == signal.SIGKILL
    assert found.value.peak_mb > 5


def test_copies_of_the_file_differ_in_every_invoice_number_and_in_nothing_else(shop_file, tmp_path):
    assert real_file.repeated(tmp_path / "landing", 2) == 6
    first, second = (
        (tmp_path / "landing/retail/transactions" / f"sales_0{copy}.csv").read_bytes() for copy in range(2)
    )
    assert first == b"".join(line + b"\r\n" for line in (HEADER, *(b"00" + row for row in ROWS)))
    assert second == first.replace(b"\r\n00", b"\r\n01")


def test_one_copy_of_the_file_is_the_file(shop_file, tmp_path):
    real_file.repeated(tmp_path / "landing", 1)
    assert (tmp_path / "landing/retail/transactions/sales_00.csv").read_bytes() == shop_file.read_bytes()


def test_files_by_month_hold_the_rows_of_their_month_from_the_first_one_asked_for(shop_file, tmp_path):
    assert real_file.by_month(tmp_path / "all") == {"2010-12": 2, "2011-01": 1}
    assert real_file.by_month(tmp_path / "late", first="2011-01") == {"2011-01": 1}
    (late,) = (tmp_path / "late/retail/transactions").iterdir()
    assert late.name == "sales_2011-01.csv"
    assert late.read_bytes() == HEADER + b"\r\n" + ROWS[1] + b"\r\n"


@pytest.mark.slow
def test_ours_and_both_baselines_keep_the_same_rows(shop_file, tmp_path):
    shop_file.write_bytes(b"".join(line + b"\r\n" for line in (HEADER, *ROWS, ROWS[0], ROWS[0].replace(b"2.55", b"0"))))
    real_file.repeated(tmp_path / "landing", 2)
    for name in ("ours", "duckdb_sql", "pandas_frames"):
        arguments = {"landing": str(tmp_path / "landing")}
        found = in_child(Side(name, f"benchmarks.landing_to_silver:{name}", arguments))
        assert (found["rows"]["bronze"], found["rows"]["silver"]) == (10, 6), name


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """The smallest drop of a software company: its landing, and what is true about it."""
    landing = tmp_path_factory.mktemp("company")
    return landing, write_b2b_drop(landing / "b2b", 0.01, 7)


def test_a_ready_drop_is_read_where_it_lies_unless_the_run_is_quick(company, monkeypatch):
    monkeypatch.setenv(READY, str(company[0] / "b2b"))
    with landing_of_drop(Options()) as landing:
        assert (landing / "b2b").resolve() == (company[0] / "b2b").resolve()
    with landing_of_drop(Options(quick=True)) as landing:
        assert not (landing / "b2b").is_symlink()


def test_a_folder_without_a_drop_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv(READY, str(tmp_path))
    with pytest.raises(Skipped, match=r"holds no tickets\.csv"), landing_of_drop(Options()):
        pass


@pytest.mark.slow
def test_telemetry_comes_to_the_figures_of_the_floor_that_removes_duplicates(company):
    landing, drop = company
    names = ("ours", "distinct_rows", "scan_only")
    sides = [Side(name, f"benchmarks.b2b_usage:{name}", {"landing": str(landing)}) for name in names]
    ours, distinct, scan = map(in_child, sides)
    landed = sum(rows for name, rows in drop.rows.items() if name.startswith("telemetria"))
    assert ours["figures"] == distinct["figures"]
    assert ours["figures"]["usage_daily"]["sessions"] == ours["account"]["silver"]
    assert ours["account"]["landed"] == scan["rows"] == landed


@pytest.mark.slow
def test_a_load_loses_no_customer_and_every_figure_of_each_is_that_of_pandas(company, tmp_path):
    """Slow: a month of fifteen sources to published files, and the same by pandas."""
    landing, drop = company
    places = {"landing": str(landing), "kept": str(tmp_path), "first": str(LAST)}
    loaded = in_child(Side("load", "benchmarks.b2b_full:load", places))
    assert loaded["customers"] == {"named": len(drop.groups), "published": len(drop.groups)}
    assert loaded["account"]["contracts"]["landed"] == drop.rows["dados_clientes.csv"]
    assert b2b_pandas.pandas_side({**places, "limit_gb": 8})["fits"]
    found = in_child(Side("comparison", "benchmarks.b2b_pandas:compared", places))
    assert found["differences"] == []
    assert (found["customers"], found["columns"]) == (len(drop.groups), 76)


def test_pandas_without_room_is_a_finding_and_no_error(company, tmp_path):
    places = {"landing": str(company[0]), "kept": str(tmp_path), "first": str(LAST)}
    found = b2b_pandas.pandas_side({**places, "limit_gb": 0.15})
    assert not found["fits"]
    assert found["seconds"] > 0


@pytest.mark.parametrize(
    ("ended_by", "peak_mb", "said", "expected"),
    [
        (signal.SIGKILL, 700, "", True),
        (signal.SIGABRT, 700, "", True),
        (signal.SIGABRT, 100, "terminate called after throwing an instance of 'std::bad_alloc'", True),
        (signal.SIGABRT, 100, "assertion failed", False),
        (signal.SIGKILL, 100, "", False),
        (signal.SIGSEGV, 1000, "", False),
        (signal.SIGTERM, 1000, "", False),
    ],
)
def test_pandas_had_no_room_where_it_was_near_its_limit_or_said_so(ended_by, peak_mb, said, expected):
    assert b2b_pandas.no_room(Killed(said, ended_by, peak_mb), limit_gb=1) is expected


def test_a_crash_of_pandas_for_another_reason_is_an_error(monkeypatch):
    def crash(side):
        raise Killed("failed with -11", signal.SIGSEGV, 900.0)

    monkeypatch.setattr(b2b_pandas, "in_child", crash)
    with pytest.raises(Killed, match="failed with -11"):
        b2b_pandas.pandas_side({"limit_gb": 1})


def test_the_sample_is_measured_with_its_rows_and_bytes():
    found = in_child(Side("sample", "benchmarks.b2b_sample:written", {"scale": 0.01}))
    assert found["rows"]["dados_clientes.csv"] > 1000
    assert found["bytes"] > 1e6


@pytest.mark.parametrize("kind", erasure.ROWS)
def test_one_customer_is_found_among_however_many_are_looked_for_in_every_kind_of_file(tmp_path, kind):
    erasure.WRITERS[kind](tmp_path, 4_000)
    assert erasure.plain_read(tmp_path, kind, str(tmp_path))["seconds"] > 0
    for ids in (1, 200):
        assert erasure.scanned(tmp_path, str(tmp_path), ids)["cpu_seconds"] > 0


def test_lightgbm_takes_part_only_where_it_is_installed(monkeypatch):
    monkeypatch.setattr(prediction_rivals, "find_spec", lambda name: None)
    assert list(prediction_rivals.rivals()) == ["knn", "random_forest", "extra_trees", "default_boosting"]
    monkeypatch.setattr(prediction_rivals, "find_spec", lambda name: name)
    assert "lightgbm" in prediction_rivals.rivals()
    assert [*prediction_rivals.named()][:6] == [*prediction_rivals.OURS]


def test_a_method_that_loses_a_month_to_the_last_period_is_told_of_by_month_and_the_simplest_of_the_rest_serves():
    draw = np.random.default_rng(5)
    months = [date(2011, 3, 1), date(2011, 4, 1)]
    folds = [
        Fold(1, month, pd.DataFrame(), np.zeros(0), pd.DataFrame(), np.arange(500), np.zeros(500), np.zeros(500))
        for month in months
    ]
    noise = draw.random(1000)
    losses = dict.fromkeys(prediction_methods.OURS, 0.1 + 0.01 * noise) | {"last_period": 0.2 + 0.01 * noise}
    losses["table"] = np.where(np.arange(1000) < 500, 0.3, 0.0)
    fits = {(name, months[-1]): Fit(lambda rows: rows, 1, 0.0) for name in losses}
    found = {each["method"]: each for each in prediction_methods.verdicts(losses, folds, fits)}
    assert found["table"]["verdict"] == "may not serve: no better than the last period as of 2011-03"
    assert found["table"]["months_lost_to_last_period"] == ["2011-03-01"]
    assert found["rfm"]["verdict"].startswith("the simplest of all that is as good as")
    assert "RFM logistic is simpler and is, too" in found["additive"]["verdict"]
