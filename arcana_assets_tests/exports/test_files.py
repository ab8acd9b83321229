"""The files of a month take their places together, whole or not at all, and are read by whom the deployment says.

Slow: processes are started, held up and killed.
"""

import os
import stat
import warnings
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from arcana_assets.exports import editions
from arcana_assets.exports.errors import BadFileName, NotPublished, OutsideRoot
from arcana_assets.exports.files import Exports
from arcana_assets.lake.errors import BadTableName

pytestmark = pytest.mark.slow

KEY = ("retail", "published", "base_analitica")
APRIL, MAY = date(2011, 4, 1), date(2011, 5, 1)
CALLS = ("rename", "replace", "symlink", "link", "chmod", "fsync", "mkdir", "unlink", "rmdir")


@pytest.fixture
def exports(tmp_path):
    return Exports(root=str(tmp_path / "lake"))


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "lake/retail/published/base_analitica"


def publish(exports, month, text, *endings):
    with exports.drafts(KEY) as drafts:
        files = [drafts / f"{month:%Y-%m}.{ending}" for ending in endings or ("csv", "xlsx")]
        for file in files:
            file.write_text(text)
        return exports.publish(files, KEY, month)


def publish_in_month(exports, month, **texts):
    with exports.drafts(KEY) as drafts:
        files = [drafts / f"{name}.png" for name in texts]
        for file in files:
            file.write_text(texts[file.stem])
        return exports.publish_in_month(files, KEY, month)


def seen(folder):
    """What people see who look into the folder of a publication: no name that begins with a dot."""
    files = (Path(at, name) for at, _, names in os.walk(folder, followlinks=True) for name in names)
    named = {file.relative_to(folder): file for file in files if file.exists()}
    return {str(name): file.read_text() for name, file in named.items() if name.parts[0][0] != "."}


def test_the_files_of_a_month_are_named_by_month_and_ending(exports, folder):
    csv, xlsx = publish(exports, MAY, "abc")
    assert (csv.uri, xlsx.uri) == (str(folder / "2011-05.csv"), str(folder / "2011-05.xlsx"))
    assert (csv.bytes, csv.sha256[:12]) == (3, "ba7816bf8f01")


def test_new_files_replace_the_old_ones_and_no_other_month(exports, folder):
    for month, text in ((APRIL, "april"), (MAY, "may"), (MAY, "may again")):
        publish(exports, month, text)
    assert seen(folder) == {
        "2011-04.csv": "april",
        "2011-04.xlsx": "april",
        "2011-05.csv": "may again",
        "2011-05.xlsx": "may again",
    }
    assert len(list((folder / ".editions").glob("*-*-*"))) == 2  # of each month the one that counts


def test_a_file_that_a_month_has_no_more_goes_and_another_of_like_name_stays(exports, folder):
    publish(exports, MAY, "old")
    (folder / "2011-05.notes.txt").write_text("mine")
    publish(exports, MAY, "new", "csv")
    assert seen(folder) == {"2011-05.csv": "new", "2011-05.notes.txt": "mine"}
    publish(exports, MAY, "newer")
    assert seen(folder) == {"2011-05.csv": "newer", "2011-05.xlsx": "newer", "2011-05.notes.txt": "mine"}


def test_who_has_the_old_file_open_goes_on_reading_it(exports):
    old, _ = publish(exports, MAY, "old")
    with open(old.uri) as reader:
        publish(exports, MAY, "new")
        assert reader.read() == "old"
    assert Path(old.uri).read_text() == "new"


def killed_at(call, action):
    """Whether a process that is killed at its n-th call of the file system came so far; without any clean-up."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of every fork beside threads
        child = os.fork()
    if child == 0:
        calls = Counter()

        def counted(function):
            def called(*args, **kwargs):
                calls["all"] += 1
                if calls["all"] == call:
                    os._exit(9)
                return function(*args, **kwargs)

            return called

        for name in CALLS:
            setattr(os, name, counted(getattr(os, name)))
        action()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


@pytest.mark.parametrize("before", ["published", "stands there itself"])
def test_a_kill_at_any_call_leaves_both_files_of_the_old_month_or_both_of_the_new(exports, folder, before):
    found, call = Counter(), 0
    while True:
        call += 1
        if before == "published":
            publish(exports, MAY, "old")
        else:  # as files did before there were editions
            for name in ("2011-05.csv", "2011-05.xlsx", ".editions/2011-05"):
                (folder / name).unlink(missing_ok=True)
            folder.mkdir(parents=True, exist_ok=True)
            for name in ("2011-05.csv", "2011-05.xlsx"):
                (folder / name).write_text("old")
        killed = killed_at(call, lambda: publish(exports, MAY, "new"))
        pair = seen(folder)
        assert pair.keys() == {"2011-05.csv", "2011-05.xlsx"}, f"killed at call {call}"
        assert len(set(pair.values())) == 1, f"killed at call {call}: {pair}"
        found[pair["2011-05.csv"]] += 1
        publish(exports, MAY, "next")
        assert set(seen(folder).values()) == {"next"}
        # What the killed run left is gone with the next one.
        assert [each.name for each in folder.glob(".drafts-*")] == []
        assert len(list((folder / ".editions").glob("2011-05-*"))) == 1
        if not killed:
            break
    assert found["old"] > 5
    assert found["new"] > 2


def test_a_kill_at_any_call_leaves_the_old_folder_of_a_month_or_the_new(exports, folder):
    call, found = 0, Counter()
    while True:
        call += 1
        publish_in_month(exports, MAY, profile="old", sizes="old", gone="old")
        killed = killed_at(call, lambda: publish_in_month(exports, MAY, profile="new", sizes="new", more="new"))
        [text] = set(seen(folder).values())
        found[text] += 1
        assert len(seen(folder)) == 3
        if not killed:
            break
    assert min(found.values()) > 2


def test_a_folder_that_stands_there_itself_becomes_an_edition(exports, folder):
    (folder / "2011-05").mkdir(parents=True)
    (folder / "2011-05/profile.png").write_text("old")
    publish_in_month(exports, MAY, sizes="new")
    assert seen(folder) == {"2011-05/sizes.png": "new"}


def test_drafts_of_a_run_under_way_stay_and_those_of_a_killed_one_go(exports, folder):
    with exports.drafts(KEY) as mine:
        (mine / "draft.csv").write_text("on its way")
        left = folder / ".drafts-left"
        left.mkdir()
        publish(exports, MAY, "x")
        assert not left.exists()
        assert (mine / "draft.csv").read_text() == "on its way"


@pytest.mark.parametrize(
    ("mode", "of_folders", "way"), [(0o644, 0o755, 0o711), (0o640, 0o750, 0o710), (0o600, 0o700, 0o700)]
)
def test_published_files_have_the_mode_of_the_deployment_and_nothing_else_is_seen(
    tmp_path, folder, mode, of_folders, way
):
    mask = os.umask(0o077)
    try:
        [file] = publish(Exports(root=str(tmp_path / "lake"), mode=mode), MAY, "x", "csv")
    finally:
        os.umask(mask)

    def mode_of(place):
        return stat.S_IMODE(os.stat(place).st_mode)

    assert mode_of(file.uri) == mode
    for place in (folder, folder.parent, folder / ".editions", Path(file.uri).resolve().parent):
        assert mode_of(place) == of_folders, place
    for place in (tmp_path / "lake", tmp_path / "lake/retail"):
        assert mode_of(place) == way, place


def test_what_breaks_off_leaves_the_old_files_and_no_draft(exports, monkeypatch, folder):
    publish(exports, MAY, "old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(editions.os, "replace", full)
    with pytest.raises(NotPublished, match=r"No space left on device.*unchanged"):
        publish(exports, MAY, "new")
    assert set(seen(folder).values()) == {"old"}
    assert sorted(each.name for each in folder.iterdir()) == [".editions", "2011-05.csv", "2011-05.xlsx"]
    assert len(list((folder / ".editions").iterdir())) == 2  # the link and what it names


def test_a_place_that_cannot_be_written_is_said_so(tmp_path):
    (tmp_path / "lake").write_text("a file where the lake should be")
    with pytest.raises(NotPublished, match="Not a directory"):
        publish(Exports(root=str(tmp_path / "lake")), MAY, "x")


@pytest.mark.parametrize("name", ["..", "../gold", "a/b", "", ".hidden"])
def test_a_name_cannot_climb_out(exports, name):
    with pytest.raises(BadTableName):
        exports.folder(("retail", "published", name))


@pytest.mark.parametrize("link", ["lake/retail/published", "lake/retail/published/base_analitica/.editions"])
def test_a_link_cannot_lead_out(exports, tmp_path, link):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / link).parent.mkdir(parents=True)
    (tmp_path / link).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutsideRoot, match=r"elsewhere.*, outside of the lake"):
        publish(exports, MAY, "x")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_the_root_itself_may_be_a_link(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "lake").symlink_to(tmp_path / "disk")
    publish(Exports(root=str(tmp_path / "lake")), MAY, "x")
    assert (tmp_path / "disk/retail/published/base_analitica/2011-05.csv").read_text() == "x"


def test_many_files_of_a_month_are_in_a_folder_of_their_own(exports, folder):
    publish_in_month(exports, MAY, sizes="old", gone="old")
    publish_in_month(exports, APRIL, profile="april")
    [sizes, _] = publish_in_month(exports, MAY, sizes="new", profile="may")
    assert sizes.uri == str(folder / "2011-05/sizes.png")
    assert (sizes.bytes, sizes.sha256[:12]) == (3, "11507a0e2f5e")
    assert seen(folder) == {
        "2011-04/profile.png": "april",
        "2011-05/profile.png": "may",
        "2011-05/sizes.png": "new",
    }


def test_a_file_of_a_month_is_read_where_it_is_there(exports, folder):
    publish_in_month(exports, MAY, profile="may")
    assert exports.read(KEY, MAY, "profile.png") == b"may"
    assert exports.read(KEY, APRIL, "profile.png") is None
    (folder / "2011-05/folder.png").mkdir()
    with pytest.raises(NotPublished, match=r"2011-05/folder\.png"):
        exports.read(KEY, MAY, "folder.png")


@pytest.mark.parametrize("name", ["..", "../a.png", "a/b.png", "", ".hidden", "segmentação.png"])
def test_the_name_of_a_file_of_many_cannot_lead_elsewhere(exports, name):
    with pytest.raises(BadFileName, match="names no file of a month"):
        exports.read(KEY, MAY, name)


def test_a_file_of_another_month_is_none_of_this_one(exports):
    with exports.drafts(KEY) as drafts:
        (drafts / "2011-04.csv").write_text("april")
        with pytest.raises(BadFileName, match=r"2011-04\.csv"):
            exports.publish([drafts / "2011-04.csv"], KEY, MAY)


def test_the_folder_of_a_month_that_is_a_link_is_replaced_and_not_written_through(exports, tmp_path, folder):
    (tmp_path / "elsewhere").mkdir()
    folder.mkdir(parents=True)
    (folder / "2011-05").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutsideRoot, match=r"elsewhere/a\.png, outside of the lake"):
        exports.read(KEY, MAY, "a.png")
    publish_in_month(exports, MAY, a="x")
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert seen(folder) == {"2011-05/a.png": "x"}


def in_english(exports, month, text):
    key = (*KEY[:2], "analytical_base")
    with exports.drafts(key) as drafts:
        (drafts / f"{month:%Y-%m}.csv").write_text(text)
        return exports.publish([drafts / f"{month:%Y-%m}.csv"], key, month)


def test_months_under_a_name_of_another_language_stay_until_they_are_published_again(exports, folder):
    publish(exports, APRIL, "april before")
    publish_in_month(exports, MAY, value_perfil="may before")
    (folder / ".drafts-killed").mkdir()
    in_english(exports, MAY, "may")
    beside = folder.parent / "analytical_base"
    assert seen(beside) == {"2011-05.csv": "may"}
    assert seen(folder) == {"2011-04.csv": "april before", "2011-04.xlsx": "april before"}
    assert not list(folder.rglob("*2011-05*"))  # nor an edition: who is erased is not in one
    assert not (folder / ".drafts-killed").exists()
    in_english(exports, APRIL, "april")
    assert (seen(beside)["2011-04.csv"], folder.exists()) == ("april", False)


def test_files_of_before_there_were_editions_go_as_well(exports, folder):
    (folder / "2011-05").mkdir(parents=True)
    for name in ("2011-05.csv", "2011-05/a.png"):
        (folder / name).write_text("old")
    in_english(exports, MAY, "may")
    assert not folder.exists()


def test_a_month_is_there_under_whatever_name_it_has(exports):
    english = (*KEY[:2], "analytical_base")
    assert not exports.has(english, MAY)
    publish_in_month(exports, MAY, value_perfil="may")
    assert (exports.has(english, MAY), exports.has(KEY, MAY), exports.has(english, APRIL)) == (True, True, False)
