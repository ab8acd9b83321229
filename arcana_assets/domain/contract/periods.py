"""Periods: rows that each hold from a first day to a last one, told to the months in which they were in force.

Belongs here: what a contract may say of it. Does not belong here: whether the columns are there and are dates
(`domain.computed`), telling in which months a row was in force (`landing.conform.in_force`).
"""

from pydantic import Field

from arcana_assets.domain.yaml.file import Strict


class Periods(Strict):
    """The columns that say how long a row holds; it counts in each month on whose last day it was in force."""

    start: str = Field(description="the column of the first day; a row without it is refused")
    end: str = Field(description="the column of the last day in force; a row without it still runs")

    @property
    def words(self) -> str:
        """Why a row is refused that ends before it begins."""
        return f"{self.end}: must not be before {self.start}"
