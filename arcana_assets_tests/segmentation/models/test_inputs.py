"""The digest of what a month's model is made from: another one for whatever could make another model."""

from datetime import date

import pandas as pd
import pytest

from arcana_assets.domain.settings.segmentation import Gate, Segmentation
from arcana_assets.segmentation.models import inputs
from arcana_assets.segmentation.models.inputs import digest_of_inputs
from arcana_assets.tables import digests
from arcana_assets.tables.digests import digest_of_frame

JULY = date(2011, 7, 1)
WEIGHTS = {"monetary": 1.0, "frequency": 3.0}
SETTINGS = Segmentation(name="value", features=list(WEIGHTS), weights=WEIGHTS)
CUSTOMERS = pd.DataFrame({"customer_id": ["a", "b"], "monetary": [1.0, 2.0], "orders": pd.array([1, None], "Int64")})
LAST = {"model": "{}", "challenger": None, "challenger_moves": None, "challenger_months": None, "reason": "k = 3"}


def digest(settings=SETTINGS, customers=CUSTOMERS, last=LAST, month=JULY, **asked):
    return digest_of_inputs(settings, digest_of_frame(customers), last, month, **{"promoted": None} | asked)


def test_the_same_inputs_have_the_same_digest():
    assert digest() == digest(customers=CUSTOMERS.copy(), settings=SETTINGS.model_copy(), last=dict(LAST))


@pytest.mark.parametrize(
    "changed",
    [
        {"settings": SETTINGS.model_copy(update={"gate": Gate(stability=0.3)})},
        {"settings": SETTINGS.model_copy(update={"seed": 8})},
        # Of patterns the first that covers a feature holds.
        {"settings": SETTINGS.model_copy(update={"weights": dict(reversed(WEIGHTS.items()))})},
        {"customers": CUSTOMERS.assign(monetary=[1.0, 2.0000001])},
        {"customers": CUSTOMERS.assign(customer_id=["a", "c"])},
        {"customers": CUSTOMERS.iloc[::-1]},
        {"customers": CUSTOMERS.iloc[:1]},
        {"customers": CUSTOMERS.assign(orders=pd.array([1, 2], "Int64"))},
        {"customers": CUSTOMERS.rename(columns={"orders": "visits"})},
        {"last": None},
        {"last": LAST | {"model": '{"k": 3}'}},
        {"last": LAST | {"challenger": "{}"}},
        {"last": LAST | {"challenger_months": 2}},
        {"month": date(2011, 8, 1)},
        {"promoted": "run-1"},
        {"is_open": True},
    ],
)
def test_any_other_input_has_another(changed):
    assert digest(**changed) != digest()


def test_what_the_month_before_says_in_words_is_no_input():
    assert digest(last=LAST | {"reason": "k = 4"}) == digest()


def test_a_month_kept_before_months_in_a_row_were_counted_is_one_that_has_none():
    older = {name: value for name, value in LAST.items() if name != "challenger_months"}
    assert digest(last=older) == digest()


def test_another_source_or_library_has_another_digest(monkeypatch):
    before = digest()
    for module, name, value in ((digests, "version", lambda name: "0.0"), (inputs, "_ROOMS", ("domain",))):
        digests.digest_of_code.cache_clear()
        with monkeypatch.context() as patched:
            patched.setattr(module, name, value)
            assert digest() != before
    digests.digest_of_code.cache_clear()
    assert digest() == before
