"""Conditions that a customer meets or not: a column of customer 360 and what it may be, with a reason in words.

Belongs here: what one condition may say, and of whom it holds. Does not belong here: what follows from it (`loyalty`,
`recommendations`), whether the column exists (`domain.folder`).
"""

from collections.abc import Collection
from typing import TYPE_CHECKING, Self

from pydantic import Field, model_validator

from arcana_assets.domain.yaml.file import Strict

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


class Condition(Strict):
    """Customers for whom all that is set holds; it holds for nobody whose value is not known."""

    reason: str = Field(min_length=1, description="what business people read, such as `Atacado`")
    column: str = Field(description="a column of customer 360")
    at_least: float | None = None
    at_most: float | None = None
    isin: list[str] = Field([], description="the values of a text column")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.at_least is None and self.at_most is None and not self.isin:
            raise ValueError(f"'{self.reason}': say at least one of at_least, at_most, isin")
        if self.isin and not (self.at_least is None and self.at_most is None):
            raise ValueError(
                f"'{self.reason}': isin is of a text, at_least and at_most of a number; say one of the two"
            )
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError(f"'{self.reason}': nothing is at_least {self.at_least:g} and at_most {self.at_most:g}")
        return self

    def holds(self, customers: "pd.DataFrame") -> "np.ndarray":
        """Whether it holds for each of the customers, who have its column."""
        values = customers[self.column]
        if self.isin:
            return values.astype("string").isin(self.isin).to_numpy(dtype=bool, na_value=False)
        values = values.astype("float64")
        inside = values.notna()
        if self.at_least is not None:
            inside &= values >= self.at_least
        if self.at_most is not None:
            inside &= values <= self.at_most
        return inside.to_numpy(dtype=bool)


BARRED = {"profiling_opt_in": "False", "marketing_opt_in": "False", "is_staff": "True"}
"""Who gets no list, no offer and no action, whatever a domain says: columns of customer 360, and the value of each."""


def barred_in(columns: Collection[str]) -> list[Condition]:
    """The conditions of `BARRED` whose column is among the columns; its name is the reason, texts have the words."""
    return [
        Condition(reason=column, column=column, isin=[value]) for column, value in BARRED.items() if column in columns
    ]
