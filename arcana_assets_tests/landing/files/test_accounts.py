"""What the reader says of a file is held against the file's own lines: no way of losing rows goes unnoticed."""

import random

import pytest

from arcana_assets.landing.files import reader, scans
from arcana_assets.landing.files.lines import Unaccounted
from arcana_assets.landing.zone import LandingError
from arcana_assets_tests.landing.drops import HEADER, csv


@pytest.mark.parametrize("lost", ["first", "last"])
def test_a_reader_that_loses_a_line_is_found_out(drop, monkeypatch, lost):
    drop.put("a.csv", HEADER + b"1,lamp,2\n2,bell,3\n3,door,4\n")
    code = "1" if lost == "first" else "3"
    whole = scans.csv
    monkeypatch.setattr(scans, "csv", lambda *args: f"(SELECT * FROM {whole(*args)} WHERE code <> '{code}')")
    with pytest.raises(LandingError, match=r"accounts for 3 of 4 lines. Nothing of it was written"):
        drop.read()


def test_a_reader_that_hides_what_it_refused_is_found_out(drop, monkeypatch):
    drop.put("a.csv", HEADER + b"1,lamp\n2,bell,3\n")
    monkeypatch.setattr(scans, "rejects", lambda run, name: {})
    with pytest.raises(LandingError, match=r"accounts for 2 of 3 lines"):
        drop.read()


def test_a_reader_that_skips_bad_lines_silently_is_found_out_and_does_not_have_its_way(drop, monkeypatch):
    # `ignore_errors` of DuckDB 2.0 drops whole parts of a file behind a quote that does not close.
    drop.put("a.csv", HEADER + b'1,"lamp,2\n2,bell,3\n3,door,4\n')
    whole = scans.csv

    def lenient(*args):
        given = whole(*args).split(", store_rejects")[0]
        names = "columns = {'code': 'VARCHAR', 'name': 'VARCHAR', 'price': 'VARCHAR'}"
        return f"{given}, ignore_errors = true, delim = ',', quote = '\"', escape = '\"', {names})"

    monkeypatch.setattr(scans, "csv", lenient)
    # The lines do not add up, so the file is read again from a copy, of which every line is known.
    assert drop.read() == (
        [("2", "bell", "3"), ("3", "door", "4")],
        [(2, "bad quoting: the quote does not close", '1,"lamp,2')],
    )


def test_a_refused_line_that_is_not_where_the_reader_says_is_no_evidence(drop, monkeypatch):
    drop.put("a.csv", HEADER + b"1,lamp,2\n2,bell\n3,door,4\n")
    found = scans.rejects

    def elsewhere(run, name):
        return {uri: [reject._replace(position=17) for reject in rejects] for uri, rejects in found(run, name).items()}

    monkeypatch.setattr(scans, "rejects", elsewhere)
    with pytest.raises(Unaccounted, match=r"the reader refused 1 records that are not where it says"):
        drop.read()


@pytest.mark.parametrize(
    ("encoding", "end"), [("utf-8", "\n"), ("utf-8", "\r\n"), ("latin-1", "\r\n"), ("utf-8", "\r")]
)
def test_every_bad_line_of_a_long_file_is_found_where_it_stands(drop, encoding, end):
    # Longer than the buffers that the reader splits a file into, with letters of two bytes before and between.
    random_, lines, bad = random.Random(1), ["code,name,price"], {}
    for number in range(2, 60_002):
        kind = random_.random()
        name = "naïve " * random_.randint(1, 8)
        if kind < 0.001:
            lines.append(bad.setdefault(number, f"{number},é"))
        elif kind < 0.002:
            lines.append(bad.setdefault(number, f"{number},é,1,2"))
        elif kind < 0.0025:
            lines.append(bad.setdefault(number, f'{number},"é"x,1'))
        else:
            lines.append(f'{number},"Ça, é",1' if kind < 0.004 else f"{number},{name},{number}")
    drop.contract = csv(encoding=encoding)
    drop.put("a.csv", (end.join(lines) + end).encode(encoding))
    rows, malformed = drop.read()
    assert {line: text for line, _, text in malformed} == bad
    assert len(rows) + len(bad) == 60_000


def test_hundreds_of_files_are_read_in_one_go(drop, monkeypatch):
    for number in range(300):
        drop.put(f"{number}.csv", HEADER + f"{number},lamp,2\n{number},x\n".encode())
    made = []
    monkeypatch.setattr(reader, "scans", _counting(made))
    rows, malformed = drop.read()
    assert ([len(rows), len(malformed)], len(made)) == ([300, 300], 2)  # inspected, and read


def _counting(made):
    class Counting:
        def __getattr__(self, name):
            return getattr(scans, name)

        def rows(self, *args):
            made.append(args)
            return scans.rows(*args)

    return Counting()
