"""Labels: what a header or a picture calls a column, and how its unit is said, in the language of its readers.

Belongs here: the look-up, and which names stand for several columns. Does not belong here: the words (`texts`).
"""

from arcana_assets.domain.facets.facet import ABSENT, HAS
from arcana_assets.domain.facets.features import (
    BLOCKS,
    LIFT,
    MEAN,
    MEDIAN,
    OWNS,
    PERCENTILE,
    PERSONA_OF,
    SHARES_ABSENT,
)
from arcana_assets.domain.facets.goods import SHARE
from arcana_assets.presentation.language import Language, language_of

_STATISTICS = {MEAN: "mean", MEDIAN: "median", LIFT: "lift", PERCENTILE: "percentile"}
_PATTERNS = {PERSONA_OF: "persona", SHARE: "share", HAS: "has", OWNS: "owns"}
CUSTOMERS = ("customer_360",)


def label_of(name: str, language: Language | None = None, tables: tuple[str, ...] = CUSTOMERS) -> str:
    """What readers call a column or a statistic of one: its own label, that of its pattern, else its name.

    `tables` are the tables or files that it is a column of, for some of them call it otherwise than the rest.
    """
    language = language or language_of()
    for key in (*(f"columns_of.{table}.{name}" for table in tables), f"columns.{name}"):
        if language.knows(key):
            return language.say(key)
    if name == SHARES_ABSENT:
        return language.say("labels.absent", what=language.say("labels.shares"))
    for prefix, words in _STATISTICS.items():
        if name.startswith(prefix):
            return language.say(f"labels.{words}", what=label_of(name.removeprefix(prefix), language))
    for block in BLOCKS:
        if name.startswith(block) and (rest := name.removeprefix(block)):
            return f"{language.say('columns.' + block.removesuffix('_is_'))}: {_spelled(rest)}"
    for prefix, words in _PATTERNS.items():
        if name.startswith(prefix) and (rest := name.removeprefix(prefix)):
            return language.say(f"labels.{words}", what=_facet(rest, language) or _spelled(rest))
    if (rest := name.removesuffix(ABSENT)) and rest != name:
        return language.say("labels.absent", what=_facet(rest, language) or label_of(rest, language))
    return name


def unit_of(unit: str, language: Language, currency: str) -> str:
    """How a unit that a table declares is said; nothing where a column has none."""
    return language.say(f"units.{unit}", currency=currency) if unit else ""


def segmentation_of(name: str, language: Language) -> str:
    """A segmentation as its readers call it."""
    return language.say(key) if language.knows(key := f"segmentations.{name}") else _spelled(name).capitalize()


def _facet(name: str, language: Language) -> str:
    return language.say(key) if language.knows(key := f"facets.{name}") else ""


def _spelled(rest: str) -> str:
    return rest.replace("_", " ")
