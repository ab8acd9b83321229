"""The audience: which customers get lists, and for which reason the others get none.

Belongs here: the conditions of the domain over the customers of a month. Does not belong here: which items go to whom
(`eligibility`), what a condition may say (`domain.settings.conditions`).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from arcana_assets.domain.errors import nearest
from arcana_assets.domain.settings.conditions import Condition, barred_in
from arcana_assets.domain.settings.personas import without_number
from arcana_assets.presentation.language import Language
from arcana_assets.recommendations.interactions import Interactions

PERSONA = "persona"  # among the columns that rules name: the customer's segment, in that of recommendations
OUTSIDE, BARRED = "outside: ", "barred: "  # begin the reason of who gets no list: by the domain, or by any


@dataclass(frozen=True, eq=False)
class Audience:
    """Who gets lists.

    `first` is of each customer the place of the first condition that is not met, -1 of who meets all; `reasons` has
    one of each condition (see `outside_in_words`). `known` are the values that these customers have, of each column
    that a condition names values of.
    """

    first: np.ndarray
    reasons: Sequence[str]
    conditions: Sequence[Condition]
    known: Mapping[str, frozenset[str]]

    @property
    def unknown(self) -> list[str]:
        """Sentences about values that no customer has: a condition with such ones alone is met by nobody."""
        return unknown_values(self.conditions, self.known)

    @property
    def inside(self) -> np.ndarray:
        """Whether each customer gets a list."""
        return self.first < 0


def audience_of(customers: pd.DataFrame, conditions: Sequence[Condition]) -> Audience:
    """The audience among the customers of `described`, whose columns the conditions name, without who is barred."""
    first, known = np.full(len(customers), -1), dict[str, frozenset[str]]()
    for place in reversed(range(len(conditions))):
        condition, mine = conditions[place], customers
        if condition.column == PERSONA:
            mine = customers.assign(persona=as_said(customers[PERSONA], condition.isin))
        first[~condition.holds(mine)] = place
        if condition.isin:
            there = frozenset(mine[condition.column].dropna().astype(str))
            known[condition.column] = there | known.get(condition.column, frozenset())
    barred = barred_in(customers.columns)
    for place, condition in enumerate(barred, start=len(conditions)):
        first[condition.holds(customers)] = place
    reasons = [*(OUTSIDE + each.reason for each in conditions), *(BARRED + each.column for each in barred)]
    return Audience(first, reasons, conditions, known)


def outside_in_words(language: Language, reason: str) -> str | None:
    """A reason of an audience as business people read it; None of what is no such reason."""
    if reason.startswith(OUTSIDE):
        return language.say("offered.left_out.outside", reason=reason.removeprefix(OUTSIDE))
    if reason.startswith(BARRED):
        words = language.say(f"defaults.barred.{reason.removeprefix(BARRED)}")
        return language.say("offered.left_out.outside", reason=words)
    return None


def unknown_values(conditions: Sequence[Condition], known: Mapping[str, frozenset[str]]) -> list[str]:
    """Sentences about the values that conditions name and that are not among the known ones of their column."""
    return sorted(
        f"'{value}' of {each.column} (no customer has it{nearest(value, sorted(known[each.column]))})"
        for each in conditions
        for value in each.isin
        if value not in known[each.column]
    )


def described(interactions: Interactions, attributes: pd.DataFrame | None) -> pd.DataFrame:
    """What rules look at of all customers, in their order: `persona`, and the attributes; missing where not known."""
    known = pd.DataFrame({PERSONA: interactions.segments}, index=interactions.customers)
    if attributes is None:
        return known
    table = attributes.set_index(attributes["customer_id"].astype(str))
    return known.join(table.drop(columns=["customer_id"]), how="left")


def as_said(personas: pd.Series, said: Collection[str]) -> pd.Series:
    """Personas as rules may say them, with their number or without: `VIPs` are those of `04-VIPs`."""
    return personas.map(lambda name: name if name in said else without_number(name))
