"""Acceptance counts answers of customers, and strangers are who neither owns anything nor has a segment."""

from datetime import date

import ibis
import pandas as pd

from arcana_assets.definitions import DEFS
from arcana_assets.domain.folder import load_domain
from arcana_assets.domain.settings.recommendations import Recommendations
from arcana_assets.engine.duckdb import Engine
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.recommendations.assets.results import _acceptance

MAY, JUNE = date(2011, 5, 1), date(2011, 6, 1)


def test_who_bought_nothing_lately_has_no_segment_and_is_no_stranger() -> None:
    spec = DomainSpec(load_domain(DEFS / "retail"), DEFS / "retail")
    answers = pd.DataFrame(
        [(each, "Y", JUNE, date(2011, 6, 10), "won") for each in ("here", "quiet", "ghost")],
        columns=["customer_id", "item_id", "month", "offered_at", "outcome"],
    )
    pair = ["customer_id", "item_id", "month"]
    tables = {
        "recommendations": pd.DataFrame([("here", "Y", MAY), ("quiet", "Y", JUNE)], columns=pair),
        "owned": pd.DataFrame([("here", "Y", JUNE), ("quiet", "X", JUNE)], columns=pair),
        "segments": pd.DataFrame({"customer_id": ["here"], "month": JUNE, "segmentation": "value", "persona": "01-S"}),
    }
    offers, given = Recommendations(segmentation="value"), {name: ibis.memtable(each) for name, each in tables.items()}
    found, strange = _acceptance(JUNE, spec, offers, Engine(), ibis.memtable(answers), given)
    assert strange == "1 answers of 1 unknown customers, such as 'ghost'"
    whole = found[found["segment"] == ""].set_index("listed")["offers"]
    # The list of the offer's own month is made without what was answered in it, so only that of May counts.
    assert whole.to_dict() == {False: 1, True: 1}
    assert found.loc[found["segment"] == "01-S", "offers"].tolist() == [1]
