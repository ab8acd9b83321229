"""`arcana erase` as a person types it, on files of their own, bronze and silver of them.

Slow: each command is a process that loads all domains.
"""

import json
import os
import subprocess
import sys

import pytest

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
