"""`arcana sql` answers questions about the tables of a domain, and only questions."""

import io
import json
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from arcana_assets.cli import main
from arcana_assets_tests.lake.lake_rows import APRIL, MAY, commented, rows

SEGMENTS = ("retail", "gold", "segments")


class Terminal(io.StringIO):
    """What is typed at a terminal."""

    def isatty(self):
        return True


@pytest.fixture
def sql(lake, engine, monkeypatch, capfdbinary):
    """What the command prints, and its exit code, on a lake with two months of segments."""
    personas = ["01-Frequentes", "02-VIPs/Alta Receita", "=cmd()"]
    table = rows((APRIL, 1), (MAY, 2), (MAY, 3), persona=personas, tags=[["a", "ç"], [], None])
    lake.write(SEGMENTS, commented(table, n="How many"), [APRIL, MAY], engine=engine, run_id="run-1")
    monkeypatch.setenv("ARCANA_LAKE", lake.root)
    monkeypatch.setenv("COLUMNS", "160")

    def asked(*arguments, typed="", terminal=False):
        monkeypatch.setattr(sys, "argv", ["arcana", "sql", *arguments])
        monkeypatch.setattr(sys, "stdin", Terminal(typed) if terminal else io.StringIO(typed))
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = ended.code
        out, err = capfdbinary.readouterr()
        return code or 0, out, err.decode()

    return asked


def test_a_query_is_answered_as_a_table_with_its_number_of_rows(sql):
    code, out, _ = sql("retail", "SELECT persona, n FROM gold.segments ORDER BY n")
    assert code == 0
    told = out.decode().splitlines()
    assert [line.split() for line in told if "VIPs" in line] == [["02-VIPs/Alta", "Receita", "2"]]
    assert told[-1] == "3 rows"


def test_a_month_shows_its_rows_alone(sql):
    _, out, _ = sql("retail", "--month", "2011-05", "--format", "json", "SELECT n FROM gold.segments ORDER BY n")
    assert [json.loads(line) for line in out.decode().splitlines()] == [{"n": 2}, {"n": 3}]


def test_programs_get_csv_json_and_parquet(sql):
    query = "SELECT persona, tags, month FROM gold.segments ORDER BY n"
    _, out, _ = sql("retail", "--format", "csv", query)
    assert out.decode().splitlines() == [
        "persona,tags,month",
        '01-Frequentes,"[""a"", ""ç""]",2011-04-01',
        "02-VIPs/Alta Receita,[],2011-05-01",
        "=cmd(),,2011-05-01",
    ]
    _, out, _ = sql("retail", "--format", "parquet", query)
    found = pq.read_table(pa.BufferReader(out))
    assert found["persona"].to_pylist() == ["01-Frequentes", "02-VIPs/Alta Receita", "=cmd()"]


def test_columns_of_one_name_are_all_there_each_with_its_own_values(sql):
    query = "SELECT s.n, o.n, 'x' AS n_2, o.persona AS n FROM gold.segments s JOIN gold.segments o ON o.n = s.n + 1"
    one, two = (1, 2, "x", "02-VIPs/Alta Receita"), (2, 3, "x", "=cmd()")
    names = ["n", "n_3", "n_2", "n_4"]
    _, out, _ = sql("retail", f"{query} ORDER BY 1")
    told = out.decode().splitlines()
    assert told[0].split() == names
    assert told[2].split() == ["2", "3", "x", "=cmd()"]
    _, out, _ = sql("retail", "--format", "csv", f"{query} ORDER BY 1")
    assert out.decode().splitlines() == [",".join(map(str, row)) for row in (names, one, two)]
    _, out, _ = sql("retail", "--format", "json", f"{query} ORDER BY 1")
    assert [json.loads(line) for line in out.decode().splitlines()] == [
        dict(zip(names, row, strict=True)) for row in (one, two)
    ]
    _, out, _ = sql("retail", "--format", "parquet", f"{query} ORDER BY 1")
    assert pq.read_table(pa.BufferReader(out)).to_pylist() == [dict(zip(names, row, strict=True)) for row in (one, two)]


def test_numbers_without_end_are_null_in_json_wherever_they_stand(sql):
    query = "SELECT 'nan'::DOUBLE AS a, ['inf'::DOUBLE, 1.5] AS b, {'c': '-inf'::FLOAT} AS d"
    _, out, _ = sql("retail", "--format", "json", query)
    assert out.decode() == '{"a": null, "b": [null, 1.5], "d": {"c": null}}\n'
    _, out, _ = sql("retail", "--format", "csv", query)
    assert out.decode().splitlines()[1] == 'nan,"[null, 1.5]","{""c"": null}"'


@pytest.mark.parametrize("format_", ["table", "csv", "json", "parquet"])
def test_a_value_that_cannot_be_printed_is_told_with_its_column(sql, format_):
    query = "SELECT DATE '290000-01-01' AS far"
    code, _, err = sql("retail", "--format", format_, query)
    if format_ == "parquet":
        assert (code, err) == (0, "")
    else:
        assert code == 2
        assert "values of far (date32[day]) cannot be printed" in " ".join(err.split())
        assert "CAST(far AS VARCHAR)" in " ".join(err.split())
    code, _, err = sql("retail", "--format", format_, "FROM test_all_types()")
    assert code == 2
    assert "the query cannot be answered" in err


def test_a_prompt_answers_one_query_after_the_other_and_a_wrong_one_ends_nothing(sql):
    code, out, err = sql("retail", typed="SELECT 40 +\n2 AS answer;\nSELEKT;\nSELECT 7 AS last")
    assert code == 0
    assert [line for line in out.decode().split() if line.isdigit()] == ["42", "1", "7", "1"]
    assert "syntax error" in err


def test_a_prompt_says_how_to_ask_what_columns_mean_and_that_works(sql):
    _, out, _ = sql("retail", terminal=True)
    [query] = [line for line in out.decode().splitlines() if line.startswith("SELECT")]
    _, out, _ = sql("retail", "--format", "csv", query)
    assert "n,How many" in out.decode().splitlines()


def test_what_columns_mean_can_be_asked(sql):
    query = "SELECT comment FROM duckdb_columns() WHERE table_name = 'segments' AND column_name = 'n'"
    _, out, _ = sql("retail", "--format", "csv", query)
    assert out.decode().splitlines() == ["comment", "How many"]


def test_long_answers_are_cut_on_the_terminal_and_it_says_so(sql):
    _, out, _ = sql("retail", "SELECT range AS n FROM range(1000)")
    assert out.decode().splitlines()[-1] == "1,000 rows, the first 40 shown; all of them: --format csv"


def test_markup_in_a_value_is_only_text(sql):
    _, out, _ = sql("retail", "SELECT '[red]x[/red] [link=http://a]b[/link]' AS v")
    assert "[red]x[/red] [link=http://a]b[/link]" in out.decode()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("retail", "DELETE FROM gold.segments"), "found DELETE"),
        (("retail", "COPY gold.segments TO 'x.csv'"), "found COPY"),
        (("retail", "SELECT * FROM gold.segmants"), "segmants"),
        (("retail", "SELECT * FROM read_text('/etc/hostname')"), "Permission"),
        (("ratail", "SELECT 1"), "did you mean 'retail'"),
        (("retail", "SELECT 1", "--format", "excel"), "may be one of table, csv, json, parquet"),
        (("retail", "--format", "parquet"), "give a query"),
        (("retail", "SELECT 1", "--month", "2011-13"), "is not a month"),
        (("b2b", "SELECT 1"), "has no table of b2b yet"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_what_to_do(sql, arguments, said):
    code, out, err = sql(*arguments)
    assert code == 2
    assert out == b""
    assert said in " ".join(err.replace("│", " ").split())
