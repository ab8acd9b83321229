"""Which rows a source is of: those that meet all conditions; the others are counted, and neither kept nor refused.

Belongs here: what a contract may say of it. Does not belong here: rules, which refuse rows (`rules`), evaluating
(`landing.conform.choosing`).
"""

from typing import Any

from pydantic import Field, model_validator

from arcana_assets.domain.yaml.file import Strict

CHECKS = ("in", "not_in", "at_least", "at_most", "above", "below", "present")


class Condition(Strict):
    """What the value of a column has to be, all of it. An absent value meets `not_in` and `present: false` alone."""

    in_: list[Any] | None = Field(None, alias="in", min_length=1, description="one of these")
    not_in: list[Any] | None = Field(None, min_length=1, description="none of these")
    at_least: float | str | None = None
    at_most: float | str | None = None
    above: float | str | None = None
    below: float | str | None = None
    present: bool | None = Field(None, description="true: there is a value; false: there is none")

    @model_validator(mode="after")
    def _says_something(self) -> "Condition":
        if not self.said:
            raise ValueError(f"a condition has one or more of {', '.join(CHECKS)}; found none")
        return self

    @property
    def said(self) -> dict[str, Any]:
        """The checks that are made, as YAML names them, with their values."""
        found = {name: getattr(self, "in_" if name == "in" else name) for name in CHECKS}
        return {name: value for name, value in found.items() if value is not None}

    def words(self) -> str:
        """`in delivered, shipped and at least 3`."""
        spelt = {
            name: ", ".join(map(str, value)) if isinstance(value, list) else value for name, value in self.said.items()
        }
        present = {True: "present", False: "absent"}
        return " and ".join(
            present[bool(value)] if name == "present" else f"{name.replace('_', ' ')} {value}"
            for name, value in spelt.items()
        )
