"""Delivered files are written again without her lines, byte for byte but for them, or are left as they are."""

import gzip
from datetime import date

import pytest

from arcana_assets.definitions import DEFS
from arcana_assets.domain.folder import load_domain
from arcana_assets.erasure.holders import Mine
from arcana_assets.erasure.register import Register
from arcana_assets.landing.erased import raw_holders
from arcana_assets.landing.files.headers import form_of
from arcana_assets.landing.rewritten import rewrite_file
from arcana_assets.landing.zone import LandingZone

SALES = load_domain(DEFS / "retail").sources["transactions"]
CONTRACT = SALES.model_copy(update={"landing": SALES.landing.model_copy(update={"pattern": "transactions/*"})})
HEADER = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]
HERS = b"1,A,lamp,1,1/3/2011 10:30,2,17850,France\n"
INCHES = b'2,A,5" lamp,1,1/3/2011 10:30,2,17851,France\n3,A,lamp,1,1/3/2011 10:30,2,17852,France\n'
INCHES += b'4,A,7" lamp,1,1/3/2011 10:30,2,17853,France\n'
SPANS = b'5,A,"two\r\nlines",1,1/3/2011 10:30,2,17854,France\n'
LONE = b"6,A,a\rb,1,1/3/2011 10:30,2,17855,France\n"
LONG = b"7,A," + b"x" * 200_000 + b",1,1/3/2011 10:30,2,17856,France\n"


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
@pytest.mark.parametrize("others", [INCHES, SPANS, LONE, LONG], ids=["inches", "spans", "lone", "long"])
def test_her_lines_go_and_no_other_changes(tmp_path, name, others):
    path = tmp_path / "retail" / "transactions" / name
    path.parent.mkdir(parents=True)
    pack, unpack = (gzip.compress, gzip.decompress) if name.endswith(".gz") else (bytes, bytes)
    header = ",".join(HEADER).encode() + b"\n"
    path.write_bytes(pack(header + HERS + others + HERS))
    zone = LandingZone(root=str(tmp_path))
    (file,) = zone.files("retail", CONTRACT)
    register = Register("retail", b"k" * 32, ()).with_ids(["17850"], "R1", date(2026, 1, 1), "run")
    mine = Mine(register, raw_holders(CONTRACT))
    assert rewrite_file(zone, file, form_of(file, CONTRACT), HEADER, mine) == 2
    assert unpack(path.read_bytes()) == header + others
    assert [each.name for each in path.parent.iterdir()] == [name]
