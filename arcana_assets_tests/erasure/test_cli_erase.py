"""`arcana erase` as a person types it, on files of their own, bronze and silver of them.

Slow: each command is a process that loads all domains; those in this process are not.
"""

import json
import os
import subprocess
import sys

import pytest

from arcana_assets.cli import main
from arcana_assets_tests.erasure.conftest import HER, KEY, LINES
from arcana_assets_tests.worlds.shop import DECEMBER, JANUARY

pytestmark = pytest.mark.slow

MAIN = "from arcana_assets.cli import main; main()"


@pytest.fixture
def arcana(shop):
    shop.deliver("sales.csv", *LINES)
    assert shop.materialize(DECEMBER, JANUARY).success
    deployment = shop.platform.deployment
    places = {"LAKE": deployment.lake, "LANDING": deployment.landing, "HOME": deployment.home}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ARCANA_", "DAGSTER_"))}
    told = {**kept, **{f"ARCANA_{name}": place for name, place in places.items()}, "ARCANA_TRACKING": "off"}

    def arcana(*arguments, key=KEY):
        environ = {**told, "ARCANA_PSEUDONYM_KEY": key}
        done = subprocess.run([sys.executable, "-c", MAIN, *arguments], env=environ, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    return arcana


@pytest.fixture
def here(shop, monkeypatch, capsys):
    """The command in this process: the exit code, and what was said."""
    monkeypatch.setenv("ARCANA_PSEUDONYM_KEY", KEY)
    monkeypatch.setenv("ARCANA_TRACKING", "off")
    deployment = shop.platform.deployment
    for name, place in {"LAKE": deployment.lake, "LANDING": deployment.landing, "HOME": deployment.home}.items():
        monkeypatch.setenv(f"ARCANA_{name}", place)
    before = dict(os.environ)

    def here(*arguments):
        monkeypatch.setattr(sys, "argv", ["arcana", "erase", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return ended.value.code or 0, " ".join((said.out + said.err).split())

    yield here
    os.environ.clear()
    os.environ.update(before)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("retail", HER, "--reference", "R1", "--keep-until", "2031-13-01"), "expected a day such as 2031-12-31"),
        (("retail", HER, "--reference", "R1", "--keep-until", "31/12/2031"), "expected a day such as 2031-12-31"),
        (("retail", HER, "--reference", "R 1"), "expected up to 64 letters, digits"),
        (("retail", HER, "--reference", "R1", "--accept", "nowhere.json"), "found FileNotFoundError"),
        (("retial", HER, "--reference", "R1"), "retail"),
    ],
)
def test_a_slip_of_the_pen_is_refused_before_a_request_is_written(here, shop, arguments, said):
    code, words = here(*arguments)
    assert code == 2, words
    assert said in words.replace("│ ", "")
    assert HER not in words
    assert not (shop.platform.landing / "erasure_requests").exists()


@pytest.mark.slow
def test_the_exit_code_is_that_of_the_reference_whatever_comes_of_others(here, shop, tmp_path):
    """Slow: four runs of the job."""
    shop.deliver("sales.csv", *LINES)
    assert shop.materialize(DECEMBER, JANUARY).success
    # Somebody whom nobody knows: two digits were swapped.
    code, said = here("retail", "C71850", "--reference", "TYPO")
    assert (code, "1 customers are in no table and no file" in said) == (1, True), said
    assert "C71850" not in said
    code, said = here("retail", HER, "--reference", "LGPD-1")
    assert (code, "LGPD-1: the scan found something" in said) == (1, True), said
    proofs = tmp_path / "lake" / "retail" / "published" / "provas_de_eliminacao"
    accepted = tmp_path / "accepted.json"
    accepted.write_text((proofs / "LGPD-1.json").read_text())
    code, said = here("retail", "--reference", "LGPD-1", "--accept", str(accepted))
    assert (code, "proves it" in said) == (0, True), said
    assert not json.loads((proofs / "TYPO.json").read_text())["eliminated"]
    code, said = here("retail", "--reference", "LGPD-1")
    assert (code, "no request LGPD-1 is waiting" in said.replace("│ ", "")) == (2, True), said


@pytest.mark.slow
def test_what_a_person_types_until_the_proof_says_that_nothing_is_left(arcana, shop, tmp_path):
    code, said = arcana("erase", "retail", HER, "--reference", "LGPD-1", key="")
    assert (code, "ARCANA_PSEUDONYM_KEY is not set" in said) == (1, True)
    code, said = arcana("erase", "retail", "--reference", "LGPD-1")
    assert (code, "4 places of 1 files" in said) == (1, True), said
    assert HER not in said
    home, proofs = tmp_path / "home", tmp_path / "lake" / "retail" / "published" / "provas_de_eliminacao"
    told = json.loads((proofs / "LGPD-1.json").read_text())
    assert told["scan"]["files"]["instance"] > 3  # the run's own events were read, too
    assert home.stat().st_mode & 0o077 == 0
    accepted = tmp_path / "accepted.json"
    accepted.write_text(json.dumps(told["places"]))
    code, said = arcana("erase", "retail", "--reference", "LGPD-1", "--accept", str(accepted))
    assert (code, "proves it" in said) == (0, True), said
    page = (proofs / "LGPD-1.html").read_text()
    assert "Nada restou além de 4 lugares aceitos" in page
    assert HER not in page
    assert shop.platform.rows("silver", "transactions")
    code, said = arcana("erase", "retail", "--reference", "LGPD-2")
    assert (code, "no request LGPD-2 is waiting" in said) == (2, True)
