"""What a proof tells people is told in the language of the domain, and in no other."""

import re
from collections import Counter
from datetime import UTC, date, datetime
from html import unescape
from typing import Any, get_args

import pytest

from arcana_assets.erasure.places import Kind, Left, Scan
from arcana_assets.erasure.proof import KINDS, Proof, proofs_of, read_proof
from arcana_assets.presentation.language import language_of, languages
from arcana_assets_tests.worlds.spoken import of_another_language

PLACES = [Left("tables", "x/y.parquet", "line 3", "…", 1, who="0f"), Left("landing", "x/z.csv", "line 7", "…", 1)]


def proof(code: str, **told: Any) -> Proof:
    scan = Scan(Counter(dict.fromkeys(KINDS, 1200)), Counter({"tables": 3_000_000}), [], PLACES, 2, 5)
    found: dict[str, Any] = {
        "domain": "xx",
        "reference": "LGPD-1",
        "run": "0f",
        "at": datetime(2026, 5, 31, 12, 30, 5, tzinfo=UTC),
        "requested_on": [date(2026, 5, 30)],
        "hmacs": ["0f" * 32],
        "key_id": "0f",
        "rows": {"gold/xx": 1500, "gold/yy": 2},
        "scan": scan,
        "left": PLACES,
        "accepted": (),
        "language": language_of(code),
    }
    return Proof(**found | told)


def words(page: str) -> str:
    """What is read on a page; letters of a digest are no words."""
    body = re.sub(r"<(style|script).*?</\1>", " ", page, flags=re.DOTALL)
    return re.sub(r"\b[0-9a-f]{64}\b", " ", unescape(re.sub(r"<[^>]*>", " ", body)))


@pytest.mark.parametrize("code", languages())
@pytest.mark.parametrize(
    "told",
    [
        {"accepted": PLACES[:1], "unknown": 3, "held": [date(2027, 1, 1)], "together": 3},
        {"accepted": PLACES},
        {"left": ()},
        {"hmacs": (), "left": ()},
    ],
    ids=["open", "accepted", "clean", "nobody"],
)
def test_nothing_is_told_in_another_language(code, told):
    made = proof(code, **told)
    page = made.page()
    assert f'<html lang="{code}">' in page
    assert len(words(page)) > 900
    assert of_another_language(words(page), code) == []
    assert of_another_language(" ".join(made.as_dict()["owner_must"]), code) == []


def test_the_proof_says_what_became_of_the_request():
    portuguese, english = (words(proof(code, accepted=PLACES, unknown=3).page()) for code in ("pt-BR", "en"))
    assert "Nada restou além de 2 lugares aceitos por uma pessoa. 3 dos códigos pedidos" in portuguese
    assert "8400 arquivos, 3 MB, cada um lido até o fim. Não decodificados: 0" in portuguese
    assert "Nothing is left but 2 places accepted by a person. Codes of the request that no table" in english
    assert "8400 files, 3 MB, each read to its end. Not decoded: 0" in english
    assert ("31/05/2026 12:30:05 UTC" in portuguese, "2026-05-31 12:30:05 UTC" in english) == (True, True)


def test_every_kind_of_place_has_words():
    assert set(KINDS) == set(get_args(Kind))


def test_proofs_lie_in_a_folder_of_the_language_and_the_last_one_is_read_wherever_it_is(tmp_path):
    lake, again = str(tmp_path), datetime(2026, 6, 30, tzinfo=UTC)
    assert read_proof(lake, "xx", "LGPD-1") is None
    assert proof("pt-BR").write(lake, 0o600) == f"{lake}/xx/published/provas_de_eliminacao/LGPD-1.json"
    place = proof("en", at=again, run="1f").write(lake, 0o600)
    assert place == f"{lake}/xx/published/erasure_proofs/LGPD-1.json"
    found = read_proof(lake, "xx", "LGPD-1")
    assert (found[0], found[1]["run"]) == (place, "1f")
    assert {str(each.parent) for each in tmp_path.rglob("*.html")} == set(proofs_of(lake, "xx"))
