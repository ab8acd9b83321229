"""Which publications are made again, and of which months: those that hold somebody, and no other."""

from datetime import date
from types import SimpleNamespace

import dagster as dg

from arcana_assets.automation import erasure
from arcana_assets.definitions import DEFS
from arcana_assets.domain.folder import load_domain
from arcana_assets.erasure.requests import Request, Requests
from arcana_assets.landing.zone import LandingZone
from arcana_assets_tests.erasure.conftest import ANOTHER, HER
from arcana_assets_tests.worlds.shop import DECEMBER, FEBRUARY, JANUARY


def test_no_month_is_made_again_in_which_a_publication_names_nobody(tmp_path, lake, monkeypatch):
    held = {("lists", "2010-12"): HER, ("lists", "2011-02"): HER, ("lists", "2011-01"): ANOTHER}
    held |= {("letters", "2011-01"): HER, ("letters", "2010-12"): ANOTHER, ("cards", "2011-01"): HER}
    held |= {
        ("base_analitica", "2010-12"): HER,
        ("base_analitica", "2011-01"): ANOTHER,
    }  # of before
    held |= {("unknown", "2010-12"): HER}  # of no asset: it stays, and the proof names it
    for (name, month), who in held.items():
        folder = tmp_path / "lake" / "retail" / "published" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{month}.csv").write_text(f"customer\n{who}\n")
    Requests(str(tmp_path / "landing"), "retail").add([Request(HER, date(2026, 1, 2), "R1")])
    keys = [dg.AssetKey(["retail", "published", name]) for name in ("lists", "letters", "cards", "analytical_base")]
    erasing = erasure.Erasing(
        load_domain(DEFS / "retail"), {}, [SimpleNamespace(keys=keys)], str(tmp_path / "home"), ()
    )
    resources = SimpleNamespace(lake=lake, landing=LandingZone(root=str(tmp_path / "landing")))
    context = SimpleNamespace(
        resources=resources, log=SimpleNamespace(info=lambda words: None), instance=None, run_id="a run"
    )
    made = []
    monkeypatch.setattr(erasure, "_publications", lambda context, erasing, keys: [key.path[-1] for key in keys])

    def refreshed(names, months, *others):
        made.append((names, months))
        return SimpleNamespace(succeeded=True, failures=[])

    monkeypatch.setattr(erasure, "refresh", refreshed)
    erasure._publish_again(context, erasing)
    assert sorted(made) == [
        (["analytical_base"], [DECEMBER]),
        (["cards", "letters"], [JANUARY]),
        (["lists"], [DECEMBER]),
        (["lists"], [FEBRUARY]),
    ]
