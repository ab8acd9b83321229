"""Drafts take the place of published files one by one, whole or not at all."""

import os
from datetime import date
from pathlib import Path

import pytest

from arcana_assets.exports import files as exports_module
from arcana_assets.exports.errors import BadFileName, NotPublished, OutsideRoot
from arcana_assets.exports.files import Exports
from arcana_assets.lake.errors import BadTableName

KEY = ("retail", "published", "base_analitica")
APRIL, MAY = date(2011, 4, 1), date(2011, 5, 1)


@pytest.fixture
def exports(tmp_path):
    return Exports(root=str(tmp_path / "lake"))


def publish(exports, month, text, ending="csv"):
    with exports.drafts(KEY) as folder:
        draft = folder / f"draft.{ending}"
        draft.write_text(text)
        return exports.publish(draft, KEY, month)


def test_a_file_has_its_place_by_month_and_ending(exports, tmp_path):
    done = publish(exports, MAY, "abc")
    assert done.uri == str(tmp_path / "lake/retail/published/base_analitica/2011-05.csv")
    assert (done.bytes, done.sha256[:12]) == (3, "ba7816bf8f01")
    assert exports.exists(KEY, MAY, "csv")
    assert not exports.exists(KEY, MAY, "xlsx")


def test_a_new_file_replaces_the_old_one_and_no_other(exports, tmp_path):
    for month, text in ((APRIL, "april"), (MAY, "may"), (MAY, "may again")):
        publish(exports, month, text)
    folder = tmp_path / "lake/retail/published/base_analitica"
    assert {file.name: file.read_text() for file in folder.iterdir()} == {
        "2011-04.csv": "april",
        "2011-05.csv": "may again",
    }


def test_who_has_the_old_file_open_goes_on_reading_it(exports):
    old = publish(exports, MAY, "old")
    with open(old.uri) as reader:
        publish(exports, MAY, "new")
        assert reader.read() == "old"
    assert Path(old.uri).read_text() == "new"


def test_others_may_read_a_published_file(exports):
    mask = os.umask(0o022)
    try:
        assert os.stat(publish(exports, MAY, "x").uri).st_mode & 0o777 == 0o644
    finally:
        os.umask(mask)


def test_what_breaks_off_leaves_the_old_file_and_no_draft(exports, monkeypatch, tmp_path):
    publish(exports, MAY, "old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exports_module.os, "replace", full)
    with pytest.raises(NotPublished, match=r"No space left on device.*unchanged"):
        publish(exports, MAY, "new")
    folder = tmp_path / "lake/retail/published/base_analitica"
    assert [(file.name, file.read_text()) for file in folder.iterdir()] == [("2011-05.csv", "old")]


def test_a_place_that_cannot_be_written_is_said_so(tmp_path):
    (tmp_path / "lake").write_text("a file where the lake should be")
    with pytest.raises(NotPublished, match="Not a directory"):
        publish(Exports(root=str(tmp_path / "lake")), MAY, "x")


@pytest.mark.parametrize("name", ["..", "../gold", "a/b", "", ".hidden"])
def test_a_name_cannot_climb_out(exports, name):
    with pytest.raises(BadTableName):
        exports.folder(("retail", "published", name))


def test_a_link_cannot_lead_out(exports, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "lake/retail").mkdir(parents=True)
    (tmp_path / "lake/retail/published").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutsideRoot, match="elsewhere/base_analitica, outside of the lake"):
        publish(exports, MAY, "x")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_the_root_itself_may_be_a_link(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "lake").symlink_to(tmp_path / "disk")
    publish(Exports(root=str(tmp_path / "lake")), MAY, "x")
    assert (tmp_path / "disk/retail/published/base_analitica/2011-05.csv").read_text() == "x"


def publish_in_month(exports, month, name, text):
    with exports.drafts(KEY) as folder:
        draft = folder / name
        draft.write_text(text)
        return exports.publish_in_month(draft, KEY, month)


def test_many_files_of_a_month_are_in_a_folder_of_their_own_and_replaced_one_by_one(exports, tmp_path):
    for name, text in (("value_tamanhos.png", "old"), ("value_perfil.png", "kept"), ("value_tamanhos.png", "new")):
        done = publish_in_month(exports, MAY, name, text)
    publish_in_month(exports, APRIL, "value_perfil.png", "april")
    folder = tmp_path / "lake/retail/published/base_analitica"
    assert done.uri == str(folder / "2011-05/value_tamanhos.png")
    assert (done.bytes, done.sha256[:12]) == (3, "11507a0e2f5e")
    assert {str(file.relative_to(folder)): file.read_text() for file in folder.rglob("*") if file.is_file()} == {
        "2011-04/value_perfil.png": "april",
        "2011-05/value_perfil.png": "kept",
        "2011-05/value_tamanhos.png": "new",
    }


def test_a_file_of_a_month_is_read_where_it_is_there(exports, tmp_path):
    publish_in_month(exports, MAY, "value_perfil.png", "may")
    assert exports.read(KEY, MAY, "value_perfil.png") == b"may"
    assert exports.read(KEY, APRIL, "value_perfil.png") is None
    (tmp_path / "lake/retail/published/base_analitica/2011-05/folder.png").mkdir()
    with pytest.raises(NotPublished, match=r"2011-05/folder\.png"):
        exports.read(KEY, MAY, "folder.png")


def test_a_file_of_many_that_cannot_take_its_place_leaves_the_old_one_and_no_draft(exports, monkeypatch, tmp_path):
    publish_in_month(exports, MAY, "a.png", "old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exports_module.os, "replace", full)
    with pytest.raises(NotPublished, match=r"No space left on device.*unchanged"):
        publish_in_month(exports, MAY, "a.png", "new")
    folder = tmp_path / "lake/retail/published/base_analitica"
    assert [file.name for file in folder.iterdir()] == ["2011-05"]
    assert [(file.name, file.read_text()) for file in (folder / "2011-05").iterdir()] == [("a.png", "old")]


@pytest.mark.parametrize("name", ["..", "../a.png", "a/b.png", "", ".hidden", "segmentação.png"])
def test_the_name_of_a_file_of_many_cannot_lead_elsewhere(exports, name):
    with pytest.raises(BadFileName, match="names no file of a month"):
        exports.place_in_month(KEY, MAY, name)


def test_the_folder_of_a_month_cannot_be_a_link_that_leads_out(exports, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    folder = tmp_path / "lake/retail/published/base_analitica"
    folder.mkdir(parents=True)
    (folder / "2011-05").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutsideRoot, match="elsewhere, outside of the lake"):
        publish_in_month(exports, MAY, "a.png", "x")
    assert list((tmp_path / "elsewhere").iterdir()) == []
