"""What the sections of the page share: the rows of a month as they are kept, and how values are written.

Belongs here: looking up findings, and their notation. Does not belong here: sentences (`origin`, `shape`).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.presentation.labels import label_of
from arcana_assets.presentation.language import Language, language_of

Row = dict[str, Any]


@dataclass(frozen=True)
class Month:
    """A month of a domain as `data_profile` and `data_findings` have it, with the findings of the months before."""

    domain: CustomerDomain
    month: date
    columns: Sequence[Row]
    before: Sequence[Row]
    findings: Sequence[Row]

    @cached_property
    def _by_subject(self) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        for row in self.findings:
            if row["month"] == self.month:
                found.setdefault(row["subject"], []).append(row)
        return found

    def of(self, subject: str, item: str | None = None) -> list[Row]:
        """The findings of the month about a subject, of one item where it is given."""
        return [row for row in self._by_subject.get(subject, []) if item is None or row["item"] == item]

    def history(self, subject: str, item: str) -> list[Row]:
        """The findings about an item up to the month, in order of the months."""
        rows = [row for row in self.findings if row["subject"] == subject and row["item"] == item]
        return sorted((row for row in rows if row["month"] <= self.month), key=lambda row: (row["month"], row["part"]))

    def column(self, table: str, name: str) -> Row | None:
        """The profile of a column of silver or gold."""
        return next((row for row in self.columns if row["table"] == table and row["column"] == name), None)

    @cached_property
    def language(self) -> Language:
        """The language of the domain."""
        return language_of(self.domain.language)

    def say(self, key: str, /, **values: Any) -> str:
        """A sentence in the language of the domain."""
        return self.language.say(key, **values)

    def header(self, *columns: str) -> list[str]:
        """What columns of a table are called."""
        return [self.say(f"profiling.columns.{column}") for column in columns]

    def label(self, name: str) -> str:
        """What readers call a column."""
        return label_of(name, self.language)

    def written(self, value: float | None) -> str:
        """A number as its readers write it; nothing where there is none."""
        return "" if value is None else self.language.number(value)

    def money(self, value: float) -> str:
        """An amount in the currency of the domain."""
        return self.language.money(value, self.domain.currency)


def detail(row: Row) -> Any:
    """What a finding has as JSON; nothing where it has none."""
    return json.loads(row["detail"]) if row["detail"] else None
