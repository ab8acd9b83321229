"""One month of recommendations: from what is known to the lists, with evidence, reason and value.

Belongs here: the steps in their order, and what a month's lists add up to. Does not belong here: a step (`serving`,
`eligibility`, `ranking`, `evidence`, `reasons`, `value`), reading what is known (`assets.inputs`), checks of the lists
(`limits`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa

from arcana_assets.domain.errors import nearest
from arcana_assets.domain.settings.recommendations import Recommendations
from arcana_assets.recommendations.eligibility import Eligibility, cooling
from arcana_assets.recommendations.evidence import evidence
from arcana_assets.recommendations.interactions import Known, places
from arcana_assets.recommendations.leaderboard import TOP
from arcana_assets.recommendations.ranking import lists
from arcana_assets.recommendations.reasons import reasons
from arcana_assets.recommendations.recommenders.every import every_recommender
from arcana_assets.recommendations.rules.upgrades import with_upgrades
from arcana_assets.recommendations.serving import Served, served_by
from arcana_assets.recommendations.tables import HELD_OUT, LEFT_OUT, OPPORTUNITIES, RECOMMENDATIONS
from arcana_assets.recommendations.value import Tickets, opportunities, valued
from arcana_assets.tables.frames import as_table

MADE = {table.name: table for table in (RECOMMENDATIONS, HELD_OUT, OPPORTUNITIES, LEFT_OUT)}

LISTED = ("customer_id", "item_id")


@dataclass(frozen=True, eq=False)
class MonthInputs:
    """What the lists of a month are made of.

    `leaderboard` are the month's rows over all customers: recommender, ndcg_10, serves, calibration. `answers` are
    customer_id, item_id, offered_at and outcome of all offers answered until `as_of`. The lists of customers who are
    `held_out` are kept back. `paid` are customer_id, item_id, value and adopted (whether it was got within the horizon)
    of what was owned at the end of the last whole month. `listed` are customer_id and item_id of the lists of the month
    before, of customers who have the items that they had then. `made_on` is the day on which lists of the month were
    first made.
    """

    known: Known
    as_of: date
    leaderboard: pd.DataFrame
    answers: pd.DataFrame
    held_out: frozenset[str]
    paid: pd.DataFrame
    listed: pd.DataFrame
    made_on: date


@dataclass(frozen=True)
class Counts:
    """What the lists of a month, held out or not, add up to.

    `owned` and `twice` are lines of items that the customer owns, or has in the list already. Of the `owners`, who own
    something and are of the audience, `reached` have a list. `most` is the share of customers with a list whose list
    holds the most recommended item.
    """

    owned: int
    twice: int
    owners: int
    reached: int
    most: float


@dataclass(frozen=True, eq=False)
class MonthOfLines:
    """The tables of a month, by name; who served; what the lists add up to; and what the rules name in vain.

    `listed` are customer_id and item_id of the lists, held out or not. `unknown` are items that nobody owns, each with
    the nearest that somebody does, and `unknown_values` sentences about values in the audience that no customer has.
    """

    tables: Mapping[str, pa.Table]
    served: Served
    unknown: Mapping[str, str]
    counts: Counts
    listed: pd.DataFrame
    unknown_values: Sequence[str] = ()


def lines_of_month(inputs: MonthInputs, offers: Recommendations) -> MonthOfLines:
    """The tables of a month: lists, those held out, what segments do not buy yet, and what was left out.

    Who has the same items as in the month before keeps the list of that month, as far as it is still among the best: a
    seller who calls again finds what was talked about. Raises TooManyItems and UnusableInteractions as the steps do.
    """
    known, interactions = inputs.known, inputs.known.interactions()
    able = {each.name: each for each in every_recommender(len(interactions.items), interactions.segments.tolist())}
    served = served_by(inputs.leaderboard, able)
    not_yet = cooling(inputs.answers, offers.cool_off.months, inputs.as_of)
    rules = Eligibility(interactions, offers, known.attributes, not_yet)
    account = rules.account()
    server = able[served.name].fit(interactions, rules.possible)
    kept = interactions.matrix(inputs.listed)
    fresh, with_kept = lists(
        server,
        interactions,
        offers.top,
        rules.allowed,
        alternatives=offers.apart,
        among=rules.possible,
        kept=kept if kept.nnz else None,
    )
    lines = with_kept.frame(interactions)
    lines = pd.concat([lines, evidence(interactions, lines, offers.minimum_support)], axis=1)
    names = known.owned.drop_duplicates("item_id").set_index("item_id")["item_name"]
    lines = lines.assign(item_name=lines["item_id"].map(names), antecedent_name=lines["antecedent_item"].map(names))
    told = with_upgrades(reasons(lines, known.lookback), interactions, lines, offers.replaced, names)
    lines = lines.assign(reason=told, month=known.month, recommender=served.name, made_on=inputs.made_on)
    tickets = Tickets(inputs.paid, interactions)
    lines = valued(lines, served.calibration, tickets, among=fresh.scores[fresh.ranks <= TOP])
    open_to = opportunities(interactions, account, tickets, lines)
    kept_back = lines["customer_id"].isin(inputs.held_out)
    frames = {
        RECOMMENDATIONS: lines[~kept_back],
        HELD_OUT: lines[kept_back],
        OPPORTUNITIES: open_to.assign(month=known.month, item_name=open_to["item_id"].map(names)),
        LEFT_OUT: account.left_out.assign(month=known.month),
    }
    tables = {table.name: as_table([frame], table) for table, frame in frames.items()}
    listed = lines[list(LISTED)]
    unknown = {item: nearest(item, interactions.items.tolist(), listed=False) for item in rules.unknown}
    asked = interactions.customers[rules.audience.inside]
    counts = _counts(lines, known.owned, asked.tolist())
    return MonthOfLines(tables, served, unknown, counts, listed, rules.audience.unknown)


def _counts(lines: pd.DataFrame, owned: pd.DataFrame, audience: Sequence[str]) -> Counts:
    listed, items, owners = (
        each.drop_duplicates() for each in (lines["customer_id"], lines["item_id"], owned["customer_id"])
    )
    owners = owners[owners.isin(audience)]
    made, had = (
        (places(listed.to_numpy(), each["customer_id"]), places(items.to_numpy(), each["item_id"]))
        for each in (lines, owned)
    )
    lists = made[0] * len(items) + made[1]
    has = (had[0] * len(items) + had[1])[(had[0] >= 0) & (had[1] >= 0)]
    most = lines.groupby("item_id").size().max() / len(listed) if len(lines) else 0.0
    return Counts(
        owned=int(np.isin(lists, has).sum()),
        twice=int(pd.Series(lists).duplicated().sum()),
        owners=len(owners),
        reached=int(owners.isin(listed).sum()),
        most=float(most),
    )
