"""One month of recommendations: from what is known to the lists, with evidence, reason and value.

Lists are made block by block: what one of them needs to know of all customers is summed up first. Belongs here: the
steps in their order, and what a month's lists add up to. Does not belong here: a step (`serving`, `eligibility`,
`ranking`, `evidence`, `reasons`, `value`), reading what is known (`assets.inputs`), checks of the lists (`limits`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from arcana_assets.domain.errors import nearest
from arcana_assets.domain.settings.recommendations import Recommendations
from arcana_assets.presentation.language import Language
from arcana_assets.recommendations.base.counts import Base
from arcana_assets.recommendations.eligibility import Eligibility, Tally, cooling, in_words
from arcana_assets.recommendations.evidence import evidence
from arcana_assets.recommendations.interactions import Interactions, Known
from arcana_assets.recommendations.leaderboard import TOP
from arcana_assets.recommendations.lists.counted import Counted, Counts, counted
from arcana_assets.recommendations.lists.kept import Drafts, KeptRows, RowsOf
from arcana_assets.recommendations.ranking import lists
from arcana_assets.recommendations.reasons import reasons
from arcana_assets.recommendations.recommenders.every import every_recommender
from arcana_assets.recommendations.rules.audience import unknown_values
from arcana_assets.recommendations.rules.upgrades import with_upgrades
from arcana_assets.recommendations.serving import Served, served_by
from arcana_assets.recommendations.tables import HELD_OUT, LEFT_OUT, OPPORTUNITIES, RECOMMENDATIONS
from arcana_assets.recommendations.value import (
    Paid,
    Scores,
    Tickets,
    listed_in,
    listed_in_all,
    opportunities_of,
    valued,
)
from arcana_assets.tables.frames import as_table

MADE = {table.name: table for table in (RECOMMENDATIONS, HELD_OUT, OPPORTUNITIES, LEFT_OUT)}

LISTED = ("customer_id", "item_id")


@dataclass(frozen=True, eq=False)
class Part:
    """What the lists of a block of customers are made of.

    Of these customers: who has what, the columns that rules look at, and what `MonthInputs` has of each. `held_out`
    says of each customer whether the list is kept back.
    """

    interactions: Interactions
    attributes: pd.DataFrame | None
    answers: pd.DataFrame
    held_out: np.ndarray
    paid: pd.DataFrame
    listed: pd.DataFrame


@dataclass(frozen=True, eq=False)
class MonthInParts:
    """What the lists of a month are made of, block by block; `names` are those of items. See `MonthInputs`."""

    month: date
    as_of: date
    leaderboard: pd.DataFrame
    made_on: date
    lookback: int | None
    base: Base
    names: pd.Series
    parts: Callable[[], Iterable[Part]]


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

    def in_parts(self) -> MonthInParts:
        """The same as one block."""
        known, interactions = self.known, self.known.interactions()
        held_out = np.isin(interactions.customers, list(self.held_out))
        part = Part(interactions, known.attributes, self.answers, held_out, self.paid, self.listed)
        return MonthInParts(
            known.month,
            self.as_of,
            self.leaderboard,
            self.made_on,
            known.lookback,
            interactions.base,
            known.names,
            lambda: [part],
        )


@dataclass(frozen=True, eq=False)
class MonthOfLines:
    """The tables of a month, by name; who served; what the lists add up to; and what the rules name in vain.

    `reach` are how many customers, and how many items, are in the lists that are given out. `unknown` are items that
    nobody owns, each with the nearest that somebody does, and `unknown_values` sentences about values in the audience
    that no customer has.
    """

    tables: Mapping[str, pa.Table | KeptRows]
    served: Served
    unknown: Mapping[str, str]
    counts: Counts
    reach: tuple[int, int]
    unknown_values: Sequence[str] = ()

    @property
    def listed(self) -> pd.DataFrame:
        """customer_id and item_id of the lists, held out or not, where they are in memory."""
        both = [self.tables[table.name] for table in (RECOMMENDATIONS, HELD_OUT)]
        held = [each.select(LISTED).to_pandas() for each in both if isinstance(each, pa.Table)]
        return pd.concat(held, ignore_index=True)


def lines_of_month(inputs: MonthInputs, offers: Recommendations, language: Language) -> MonthOfLines:
    """The tables of a month whose customers are in memory, as `lines_in_parts` makes them."""
    return lines_in_parts(inputs.in_parts(), offers, language)


def lines_in_parts(
    given: MonthInParts, offers: Recommendations, language: Language, kept: Path | None = None
) -> MonthOfLines:
    """The tables of a month: lists, those held out, what segments do not buy yet, and what was left out.

    Who has the same items as in the month before keeps the list of that month, as far as it is still among the best: a
    seller who calls again finds what was talked about. Reasons are in the language. The lists wait in the folder
    `kept`, where there is one. Raises TooManyItems and UnusableInteractions as the steps do.
    """
    base, drafts = given.base, Drafts(given.base)
    able = {each.name: each for each in every_recommender(len(base.items), base.labels.tolist())}
    served = served_by(given.leaderboard, able)
    scores, server, rules = Scores(), None, None
    drawn: _Drawn | None = None
    for part in given.parts():
        not_yet = cooling(part.answers, offers.cool_off.months, given.as_of)
        rules = Eligibility(part.interactions, offers, part.attributes, not_yet)
        if server is None:
            server = able[served.name].fit(part.interactions, rules.possible)
        earlier = part.interactions.matrix(part.listed)
        fresh, with_kept = lists(
            server.on(part.interactions),
            part.interactions,
            offers.top,
            rules.allowed,
            alternatives=offers.apart,
            among=rules.possible,
            kept=earlier if earlier.nnz else None,
        )
        if not served.fit:
            fresh, with_kept = fresh.none(), with_kept.none()
        scores.add(fresh.scores[fresh.ranks <= TOP])
        mine = _Drawn(
            rules.tally(),
            Paid.of(part.paid, part.interactions),
            counted(with_kept, part.interactions, rules.audience.inside),
            rules.audience.known,
        )
        drawn = mine if drawn is None else drawn + mine
        drafts.add(with_kept, part.held_out)
    assert drawn is not None, "a base has a block, be it of nobody"
    assert rules is not None
    account = drawn.tally.account(rules.reasons, base.labels)
    tickets = Tickets.summed(drawn.paid, base)
    rows = {table.name: RowsOf(table, kept) for table in (RECOMMENDATIONS, HELD_OUT)}
    listed, reached, items = list[pd.DataFrame](), 0, set[str]()
    for interactions, (draft, held_out) in zip(base.blocks(), drafts.read(), strict=True):
        lines = _told(draft.frame(interactions), interactions, given, offers, language)
        lines = lines.assign(month=given.month, recommender=served.name, made_on=given.made_on)
        lines = valued(lines, served.calibration, tickets, among=scores)
        listed.append(listed_in(lines))
        back = held_out[draft.customers]
        for name, mine in ((RECOMMENDATIONS.name, lines[~back]), (HELD_OUT.name, lines[back])):
            rows[name].add(mine)
        reached += lines.loc[~back, "customer_id"].nunique()
        items |= set(lines.loc[~back, "item_id"])
    open_to = opportunities_of(base, account, tickets, listed_in_all(listed))
    frames = {
        OPPORTUNITIES: open_to.assign(month=given.month, item_name=open_to["item_id"].map(given.names)),
        LEFT_OUT: account.left_out.assign(
            month=given.month, reason=[in_words(language, each) for each in account.left_out["reason"]]
        ),
    }
    tables = {name: each.all() for name, each in rows.items()}
    tables |= {table.name: as_table([frame], table) for table, frame in frames.items()}
    return MonthOfLines(
        tables,
        served,
        {item: nearest(item, base.items.tolist(), listed=False) for item in rules.unknown},
        drawn.counted.counts,
        (reached, len(items)),
        unknown_values(offers.audience, drawn.known),
    )


def _told(
    lines: pd.DataFrame, interactions: Interactions, given: MonthInParts, offers: Recommendations, language: Language
) -> pd.DataFrame:
    """The lines of a block with their evidence, its names and the sentence of it."""
    names = given.names
    lines = pd.concat([lines, evidence(interactions, lines, offers.minimum_support, language)], axis=1)
    lines = lines.assign(item_name=lines["item_id"].map(names), antecedent_name=lines["antecedent_item"].map(names))
    told = reasons(language, lines, given.lookback)
    return lines.assign(reason=with_upgrades(language, told, interactions, lines, offers.replaced, names))


@dataclass(frozen=True, eq=False)
class _Drawn:
    """What the lists of a block bring to what is told of all."""

    tally: Tally
    paid: Paid
    counted: Counted
    known: Mapping[str, frozenset[str]]

    def __add__(self, other: "_Drawn") -> "_Drawn":
        known = {column: mine | other.known[column] for column, mine in self.known.items()}
        return _Drawn(self.tally + other.tally, self.paid + other.paid, self.counted + other.counted, known)
