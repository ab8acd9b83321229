"""The evaluation of a month: recommenders fitted on what was known some months before, held against what came since.

Belongs here: the rows of the leaderboard's table, and what they are while there is nothing to compare. Does not belong
here: measures (`leaderboard`), the choice (`serving`), reading the two months (`assets.inputs`).
"""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from arcana_assets.domain.settings.recommendations import Recommendations
from arcana_assets.presentation.language import Language
from arcana_assets.recommendations.base.blocks import digest_of_base
from arcana_assets.recommendations.base.counts import Base
from arcana_assets.recommendations.eligibility import Eligibility
from arcana_assets.recommendations.interactions import Known
from arcana_assets.recommendations.leaderboard import evaluate
from arcana_assets.recommendations.recommenders.ease import MOST_ITEMS
from arcana_assets.recommendations.recommenders.every import every_recommender
from arcana_assets.recommendations.serving import FALLBACK, Choice, InUse, serving
from arcana_assets.recommendations.tables import EVALUATION, WHOLE
from arcana_assets.recommendations.value import Calibration
from arcana_assets.tables.digests import digest_of, digest_of_code, digest_of_frame

_ROOMS = ("domain", "presentation", "tables", "recommendations")
_LIBRARIES = ("numpy", "pandas", "scikit-learn", "scipy")


@dataclass(frozen=True, eq=False)
class EvaluationInputs:
    """What the leaderboard of a month is made of.

    `known` is what was known as of the month that recommenders are fitted on. `later` are customer_id and item_id of
    what is owned at the end of the month at which it is seen what was adopted: the month itself, or, while it is open,
    the one before. `before` is what served by the evaluation a month earlier; None where there was none. Where `known`
    and `later` are of a sample of the customers, `base` is what recommenders learn from; they are all else.
    """

    month: date
    known: Known
    later: pd.DataFrame
    before: InUse | None = None
    base: Base | None = None

    def digest(self, offers: Recommendations, start: date, language: Language) -> str:
        """SHA-256 of what the rows are made from, their month apart: the same digest, the same rows to the last bit."""
        known = self.known
        return digest_of(
            {
                "code": digest_of_code(_ROOMS, _LIBRARIES),
                "settings": offers.model_dump(mode="json"),
                "start": start,
                "words": [language.texts["notation"], language.texts["offered"]],
                "known": [known.month, known.lookback, digest_of_frame(known.owned), digest_of_frame(known.segments)],
                "attributes": None if known.attributes is None else digest_of_frame(known.attributes),
                "later": digest_of_frame(self.later),
                "before": self.before and [self.before.name, sorted(self.before.beyond)],
                "base": self.base and digest_of_base(self.base),
            }
        )


def leaderboard_of(inputs: EvaluationInputs, offers: Recommendations, start: date, language: Language) -> pd.DataFrame:
    """The rows of a month: a recommender and segment, or, while there is nothing to compare, the one that would serve.

    `start` is the first month of the domain. Recommenders list what the rules of the domain let them, by what was known
    then; answers of sellers are no part of these. Only who is of the audience is judged, by what may be recommended:
    who adopts an item that nobody may list tells no recommender from chance. Of a base that is not held at
    once a sample is judged; what recommenders learn from is the whole base. Why one serves is said in the language.
    """
    known = inputs.known
    if known.month < start:
        since = language.short_month(start)
        return _unopposed(inputs, language.say("offered.serving.too_young", n=offers.horizon_months, month=since))
    before = known.interactions(inputs.base)
    if not len(before.items):
        why = language.say("offered.serving.nothing_owned", month=language.short_month(known.month))
        return _unopposed(inputs, why, known.month)
    rules = Eligibility(before, offers, known.attributes)
    tried = every_recommender(len(before.items), before.base.labels.tolist())
    later = inputs.later[inputs.later["customer_id"].isin(before.customers[rules.audience.inside])]
    later = later[~later["item_id"].isin(offers.kept_back)]
    board = evaluate(tried, before, later, rules.allowed, among=rules.possible, shown=offers.top)
    choice = serving(language, board, offers.as_good_within, inputs.before)
    if len(before.items) > MOST_ITEMS:
        large = len(before.items)
        why = language.say("offered.serving.too_many_items", why=choice.why, items=large, most=MOST_ITEMS)
        choice = choice._replace(why=why)
    return _rows(inputs.month, known.month, board.table, choice, Calibration.learned(board.hits, choice.name))


def _unopposed(inputs: EvaluationInputs, why: str, fitted_month: date | None = None) -> pd.DataFrame:
    """The one row of a month in which there is nothing to compare, and nothing is recommended."""
    table = pd.DataFrame([{"recommender": FALLBACK, "segment": WHOLE, "customers": 0}])
    choice = Choice(FALLBACK, why, frozenset(), fit=False)
    return _rows(inputs.month, fitted_month, table, choice)


def _rows(
    month: date,
    fitted_month: date | None,
    table: pd.DataFrame,
    choice: Choice,
    calibration: Calibration | None = None,
) -> pd.DataFrame:
    whole = table["segment"] == WHOLE
    serves, beyond = (table["recommender"] == choice.name) & whole, table["recommender"].isin(choice.beyond) & whole
    said = {
        name: pd.Series([text if each else None for each in serves], index=table.index, dtype=object)
        for name, text in (("reason", choice.why), ("calibration", calibration and calibration.json()))
    }
    filled = table.reindex(columns=EVALUATION.arrow.names)
    fit = pd.Series([choice.fit if each else None for each in serves], index=table.index, dtype=object)
    return filled.assign(month=month, fitted_month=fitted_month, serves=serves, beyond=beyond, fit=fit, **said)
