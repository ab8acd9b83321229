"""Published files: those of the month, their sizes, their content, and that they were taken."""

import hashlib
import json
from dataclasses import replace

import pytest

from arcana_assets.dashboard.access import LoginEnded, NotYours, Viewer
from arcana_assets.dashboard.place import Place
from arcana_assets.dashboard.screens import files
from arcana_assets.definitions import DEFS
from arcana_assets.exports.editions import publish_in_bucket
from arcana_assets.exports.files import Exports
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.lake.reader import Reader
from arcana_assets.loyalty.definitions import loyalty_files
from arcana_assets.profile.definitions import profile_files
from arcana_assets.publication import publications
from arcana_assets.publication.definitions import publication_files
from arcana_assets.publication.publications import Publication
from arcana_assets.segmentation.definitions import segment_files
from arcana_assets_tests.dashboard.lakes import APRIL, MAY

SALES = Viewer("ana", frozenset({"totals", "customers"}))


def test_files_are_those_of_the_month_and_no_drafts(place, shop_in):
    (found,) = files.files(place)
    assert (found.publication, found.name, found.bytes) == ("base_analitica", "2011-05.csv", 8)
    assert [each.bytes for each in files.files(shop_in(APRIL))] == [4]


def test_files_below_a_folder_of_the_month_are_there_and_hidden_ones_are_not(shop_in, tmp_path):
    for name in ("figuras/2011-05/a.png", "figuras/2011-05/.draft/b.png", "figuras/2011-050/c.png", "loose.csv"):
        path = tmp_path / "retail" / "published" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    reader = Reader(str(tmp_path), threads=1)
    assert [each.name for each in files.files(shop_in(at=reader))] == ["a.png"]
    reader.close()


def test_files_are_of_their_publication_whatever_language_they_are_called_in(shop_in, tmp_path):
    for name in ("summary_of_the_month", "perfil_dos_dados"):  # the one of now, the other of before
        path = tmp_path / "retail" / "published" / name / "2011-05" / f"{name}.html"
        path.parent.mkdir(parents=True)
        path.write_bytes(b"x")
    reader = Reader(str(tmp_path), threads=1)
    found = files.files(shop_in(at=reader, language="en"))
    assert [(each.publication, each.name, each.role) for each in found] == [
        ("perfil_dos_dados", "perfil_dos_dados.html", "quality"),
        ("resumo_do_mes", "summary_of_the_month.html", "totals"),
    ]
    reader.close()


def test_files_that_are_published_together_are_there_as_their_edition_has_them(shop_in, tmp_path):
    exports = Exports(root=str(tmp_path))
    for content in (b"old", b"new"):
        with exports.drafts(("retail", "published", "resumo_do_mes")) as drafts:
            (drafts / "resumo_do_mes.html").write_bytes(content)
            exports.publish_in_month([drafts / "resumo_do_mes.html"], ("retail", "published", "resumo_do_mes"), MAY)
    reader = Reader(str(tmp_path), threads=1)
    (found,) = files.files(shop_in(at=reader))
    assert (found.publication, found.name, found.role) == ("resumo_do_mes", "resumo_do_mes.html", "totals")
    assert found.sha256 == hashlib.sha256(b"new").hexdigest()
    reader.close()


def test_files_of_a_bucket_are_found_and_read(domains, s3, deployed, tmp_path):
    deployed()
    (tmp_path / "2011-05.csv").write_bytes(b"a;b\n1;2\n")
    (tmp_path / "2011-04.csv").write_bytes(b"")
    for month in ("2011-05", "2011-05", "2011-04"):
        publish_in_bucket([tmp_path / f"{month}.csv"], "s3://company/lake/retail/published/base_analitica", month)

    class Bucket:
        root = "s3://company/lake"

    place = Place(domains["retail"], Bucket(), MAY, "value")
    (found,) = files.files(place)
    assert (found.name, found.bytes) == ("2011-05.csv", 8)
    assert found.sha256 == hashlib.sha256(b"a;b\n1;2\n").hexdigest()
    assert files._content(place, SALES, found) == b"a;b\n1;2\n"


def test_a_file_that_is_taken_is_logged_with_its_digest(place, deployed, tmp_path):
    deployed()
    (found,) = files.files(place)
    assert files._content(place, SALES, found) == b"a;b\n1;2\n"
    line = json.loads((tmp_path / "home" / "dashboard" / "exports.jsonl").read_text(encoding="utf-8"))
    assert (line["table"], line["rows"], line["format"]) == ("base_analitica", None, "csv")
    assert line["filtered_by"] == {"sha256": hashlib.sha256(b"a;b\n1;2\n").hexdigest()[:12]}


@pytest.mark.parametrize(
    ("viewer", "refused"), [(Viewer("bia", frozenset({"totals"})), NotYours), (replace(SALES, until=1_000), LoginEnded)]
)
def test_no_file_is_read_for_who_may_not_have_it(place, deployed, tmp_path, viewer, refused):
    deployed()
    (found,) = files.files(place)
    with pytest.raises(refused):
        files._content(place, viewer, replace(found, uri=str(tmp_path / "nothing")))
    assert not (tmp_path / "home" / "dashboard").exists()


def test_a_file_that_is_written_anew_has_another_digest(place, shop_in, tmp_path):
    path = tmp_path / "retail" / "published" / "base_analitica" / "2011-05.csv"
    path.parent.mkdir(parents=True)
    reader = Reader(str(tmp_path), threads=1)
    for content in (b"first", b"second"):
        path.write_bytes(content)
        assert files.files(shop_in(at=reader))[0].sha256 == hashlib.sha256(content).hexdigest()
    reader.close()


@pytest.mark.parametrize("domain", ["retail", "b2b"])
def test_whom_each_publication_is_for_is_said_and_those_of_customers_are_for_sales(domains, domain):
    spec = DomainSpec(domains[domain], DEFS / domain)
    assets = [*publication_files(spec), *profile_files(spec), *loyalty_files(spec), *segment_files(spec)]
    published = {key.path[-1] for asset in assets for key in asset.keys if key.path[-2] == "published"}
    assert {"base_analitica", "perfil_dos_dados", "resumo_do_mes"} <= published
    assert published - files.ROLES.keys() == set()
    of_customers = {each.name for each in vars(publications).values() if isinstance(each, Publication)}
    of_customers -= {"produtos_por_segmento", "recomendacoes_por_segmento"}
    assert {name for name, role in files.ROLES.items() if role == "customers"} == of_customers


@pytest.mark.parametrize(
    ("bytes_", "said"), [(0, "0 B"), (1023, "1.023 B"), (1536, "1,5 kB"), (3 * 2**20, "3,0 MB"), (2**31, "2,0 GB")]
)
def test_a_size_is_said_in_the_unit_that_suits_it(place, bytes_, said):
    assert files.size(place, bytes_) == said
