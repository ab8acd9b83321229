"""Language: sentences, numbers and dates that people read, as one file a language says them.

Belongs here: filling the sentences of such a file. Does not belong here: the sentences (`texts/<code>.yaml`; another
language is another file), reading the file (`domain.words`).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from arcana_assets.domain.column import Kind
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.errors import ArcanaError, nearest
from arcana_assets.domain.words import DEFAULT_LANGUAGE, languages, texts_of
from arcana_assets.domain.yaml.file import read_yaml
from arcana_assets.presentation.notation import sign

_UNCHANGED = 0.0005  # what would be written as +0,0 % or -0,0 %


class NoSuchText(ArcanaError):
    """A sentence is asked for that the file of the language does not have, or a value that it needs is not given."""


@dataclass(frozen=True, eq=False)
class Language:
    """One language: `say` fills a sentence, the others write values as its readers do."""

    code: str
    texts: Mapping[str, Any]

    def say(self, key: str, /, **values: Any) -> str:
        """The sentence under a key such as `segments.none`, with its `{values}` filled in.

        A sentence with the forms `one` and `other` is chosen by the value `n`, which may be a number. Numbers that are
        whole are written as counts. Raises NoSuchText.
        """
        found: Any = self.texts
        for part in key.split("."):
            if not isinstance(found, Mapping) or part not in found:
                known = found if isinstance(found, Mapping) else ()
                raise NoSuchText(f"texts/{self.code}.yaml has no '{key}'{nearest(part, map(str, known))}")
            found = found[part]
        if isinstance(found, Mapping) and {"one", "other"} <= set(found):
            found = found["one" if values.get("n") == 1 else "other"]
        if not isinstance(found, str):
            raise NoSuchText(f"texts/{self.code}.yaml has no sentence '{key}', but several below it")
        told = {
            name: self.count(value) if isinstance(value, int) and not isinstance(value, bool) else value
            for name, value in values.items()
        }
        try:
            return found.format_map(told)
        except KeyError as missing:
            raise NoSuchText(f"'{key}' in texts/{self.code}.yaml needs the value {missing}") from None

    def words(self, key: str) -> tuple[str, ...]:
        """The words under a key that has a list of them, in their order. Raises NoSuchText."""
        found: Any = self.texts
        for part in key.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
        if not isinstance(found, list):
            raise NoSuchText(f"texts/{self.code}.yaml has no list '{key}'")
        return tuple(map(str, found))

    def knows(self, key: str) -> bool:
        """Whether there is something under a key."""
        found: Any = self.texts
        for part in key.split("."):
            if not isinstance(found, Mapping) or part not in found:
                return False
            found = found[part]
        return True

    def number(self, value: float | None, places: int | None = None) -> str:
        """`1.234`, `12,5`, `0,25`, from a million on `1,2 mi`; as many decimals as the size needs."""
        notation = self.texts["notation"]
        if value is None or not math.isfinite(value):
            return str(notation["none"])
        value = float(value)
        for limit, unit in ((1e9, notation["billions"]), (1e6, notation["millions"])):
            if places is None and abs(value) >= limit:
                return self.number(value / limit, 1).removesuffix(f"{notation['decimal']}0") + f" {unit}"
        if places is None:
            places = 0 if abs(value) >= 100 or value == round(value) else 1 if abs(value) >= 10 else 2
        marks = str.maketrans(",.", f"{notation['thousands']}{notation['decimal']}")
        return f"{value:,.{places}f}".translate(marks)

    def count(self, value: float | None) -> str:
        """A number of customers: `1.234`."""
        return self.number(value, 0)

    def percent(self, share: float | None, places: int = 1) -> str:
        """A share of 0 to 1 as `12,5 %`; what is not 0 but would read so, as `< 0,1 %`."""
        if share is None or not math.isfinite(share):
            return str(self.texts["notation"]["none"])
        least = 10.0**-places
        if 0 < 100 * share < least / 2:
            return f"< {self.of_hundred(self.number(least, places))}"
        return self.of_hundred(self.number(100 * share, places))

    def of_hundred(self, number: str) -> str:
        """A number of hundredths, as it is written already, with the sign of them: `12,5 %`."""
        return str(self.texts["notation"]["percent"]).format(number=number)

    def money(self, value: float | None, currency: str) -> str:
        """`R$ 1.234` of an amount in BRL."""
        if value is None or not math.isfinite(value):
            return str(self.texts["notation"]["none"])
        return self.amount(self.number(value, 0 if abs(value) < 1e6 else None), currency)

    def amount(self, number: str, currency: str) -> str:
        """A number, as it is written already, with the sign of a currency."""
        return str(self.texts["notation"]["money"]).format(sign=sign(currency), number=number)

    def value(self, value: Any, kind: Kind, currency: str = "", unit: str = "") -> str:
        """A value of a column as its kind says; nothing for what is absent."""
        if value is None or (isinstance(value, float) and not math.isfinite(value)):
            return ""
        if kind == "money":
            return self.money(float(value), currency)
        if kind == "share":
            return self.percent(float(value))
        if kind == "month":
            return self.month(value)
        if kind == "date":
            return self.day(value)
        if kind == "boolean":
            return str(self.texts["notation"]["yes" if value else "no"])
        if kind in ("integer", "decimal"):
            words = self.count(value) if kind == "integer" else self.number(float(value))
            return f"{words} {unit}" if unit else words
        return str(value)

    def month(self, month: date) -> str:
        """`maio de 2011`."""
        notation = self.texts["notation"]
        return str(notation["month"]).format(name=notation["months"][month.month - 1], year=month.year)

    def short_month(self, month: date) -> str:
        """`05/2011`."""
        return month.strftime(self.texts["notation"]["short_month"])

    def day(self, day: date) -> str:
        """`31/05/2011`."""
        return day.strftime(self.texts["notation"]["day"])

    def change(self, now: float | None, before: float | None) -> str:
        """How much more or less than before, as `+4,2 %`, or `0,0 %`; nothing where there is no telling."""
        if now is None or before is None or not before or not math.isfinite(now / before):
            return ""
        share = now / before - 1
        if abs(share) < _UNCHANGED:
            return self.percent(0.0)
        return ("+" if share > 0 else "") + self.percent(share)


@cache
def language_of(code: str = DEFAULT_LANGUAGE) -> Language:
    """The language of a code. Raises NoSuchText, with the codes there are."""
    if code not in languages():
        raise NoSuchText(f"there is no language '{code}'{nearest(code, languages())}")
    return Language(code, texts_of(code))


def in_every_language(key: str) -> tuple[str, ...]:
    """What stands for one thing in tables of domains of any language, each once. Raises NoSuchText."""
    return tuple(dict.fromkeys(language_of(code).say(key) for code in languages()))


DEFAULT = language_of()
"""The language of whoever is handed none."""


def refuse_unknown_language(domain: CustomerDomain, folder: Path) -> None:
    """Raises ContractError, with the line of the domain's `defs.yaml`, where there are no texts of its language."""
    known = languages()
    if domain.language not in known:
        problem = f"there are no texts in '{domain.language}'{nearest(domain.language, known)}"
        raise read_yaml(folder / "defs.yaml").error(("attributes", "language"), problem)
