"""Which entity a file is of, by its columns: what headers say, what values can be, what stands once.

Belongs here: matching headers with columns of entities, and choosing among entities. Does not belong here: the words
themselves (`words.yaml`), what becomes of a match in a contract (`sources`).
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

from arcana_assets.domain.entities.entity import Entity, EntityColumn
from arcana_assets.domain.entities.registry import ENTITIES
from arcana_assets.domain.entities.subscribers import ASPECTS
from arcana_assets.domain.names import as_name
from arcana_assets.drafting.guess import vocabulary
from arcana_assets.drafting.values import Values
from arcana_assets.presentation.language import language_of

FITS = 0.5  # of a header, for a column of an entity
FILE_FITS = 0.4  # of a file, for an entity
SURE = 0.8
NEEDED = 0.3  # what it is worth that a column which is required has one
ONLY_TELLS, LACKS, TWICE, NAMED = 0.35, 0.8, 0.6, 0.1
ASPECT = "aspect_"
SUBJECTS = (
    *("customer", "order", "product", "store", "ticket", "visit", "contract", "subscription", "proposal", "usage"),
    *("survey", "score", "wifi", "app", "module", "zone", "card", "coupon", "identity", "device", "persona"),
)
STRANGE = 0.6  # what a word says that is no concept
LONG, QUESTION = 6, 0.1  # words of a header from which on it is a question, most of whose words say little
AFTERWARDS = frozenset({"delivery", "cancelled", "closed", "end", "birth"})
EXCEL_DAYS = (20_000, 80_000)

_Token = tuple[frozenset[str], float]
"""The concepts that a word may stand for, and how much the word says."""


@dataclass(frozen=True)
class Match:
    """A column of a file for a column of an entity. `others` are columns of the file that it could be, too."""

    values: Values
    score: float
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Picked:
    """The entity of a file, how well it fits, its columns by name, and what it requires and the file lacks.

    `rivals` are other entities with their scores.
    """

    entity: str
    score: float
    columns: Mapping[str, Match]
    lacking: tuple[str, ...]
    rivals: tuple[tuple[str, float], ...] = ()

    @property
    def schema(self) -> Entity:
        """The entity."""
        return ENTITIES[self.entity]

    def why(self) -> str:
        """The columns that speak for it."""
        best = sorted(self.columns.items(), key=lambda each: -each[1].score)[:5]
        return "has " + ", ".join(f"'{match.values.name}' for {name}" for name, match in best)


def picked_of(values: Sequence[Values], file: str) -> Picked | None:
    """The entity that fits a file of this name best; None where none fits."""
    found = sorted((_fit(name, values, file) for name in vocabulary()["entities"] if name in ENTITIES), key=_by_score)
    if not found or found[0].score < FILE_FITS:
        return None
    best = found[0]
    if best.entity == "orders":  # with what was paid they are sales themselves, as receipts that name a store only
        sales = next((each for each in found if each.entity == "transactions" and not each.lacking), best)
        best = sales if {"amount", "unit_price"} & sales.columns.keys() else best
    rivals = tuple(
        (each.entity, each.score) for each in found[:3] if each is not best and each.score > 0.6 * best.score
    )
    return Picked(best.entity, best.score, best.columns, best.lacking, rivals)


def _by_score(picked: Picked) -> tuple[float, str]:
    return -picked.score, picked.entity


def speaks_of_a_date(header: str) -> bool:
    """Whether eight digits below a header are a date."""
    return any("date" in concepts for concepts, _ in tokens(header))


def speaks_of(concept: str, header: str) -> bool:
    """Whether a word of a header, or of a file's name, may stand for a concept."""
    return any(concept in concepts for concepts, _ in tokens(header))


def speaks_of_a_customer(header: str) -> bool:
    """Whether a header is of a customer's code."""
    said = [concepts for concepts, _ in tokens(header)]
    return any("customer" in each for each in said) and any("id" in each for each in said)


def fit_of(values: Values, entity: str, column: str, file: str) -> float:
    """How well a column of a file fits a column of an entity, from 0 to 1, by its header and its values."""
    said = vocabulary()["entities"][entity]["columns"].get(column)
    if said is None:
        aspect = column.startswith(ASPECT) and _names_aspect(values.name, column.removeprefix(ASPECT))
        return SURE * _possible(values, ENTITIES[entity].column(column)) if aspect else 0.0
    return header_fit(values.name, entity, column, file) * _possible(values, ENTITIES[entity].column(column))


def header_fit(header: str, entity: str, column: str, file: str) -> float:
    """How well a header alone fits a column of an entity that there are words of, from 0 to 1."""
    said = vocabulary()["entities"][entity]["columns"][column]
    return max(_alike(tokens(header), phrase, file) * 0.98**place for place, phrase in enumerate(said))


def _names_aspect(header: str, aspect: str) -> bool:
    """Whether a question of a survey is about an aspect, by the words that business users read."""
    words = {*as_name(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", header)).split("_")}
    if aspect not in ASPECTS:
        return False
    spoken = [language_of(code).say(f"customer_360.aspects.{aspect}") for code in vocabulary()["languages"]]
    return any({*as_name(text).split("_")} <= words for text in (aspect, *spoken))


def _fit(entity: str, values: Sequence[Values], file: str) -> Picked:
    said, schema = vocabulary()["entities"][entity], ENTITIES[entity]
    scores = {
        (column.name, each.place): score
        for column, each in product(schema.columns, values)
        if (score := fit_of(each, entity, column.name, file)) >= FITS
    }
    by_place = {each.place: each for each in values}
    required = [column.name for column in schema.columns if column.required]
    required += [schema.dated_by] if schema.dated_by and not schema.state else []
    columns = {name: Match(by_place[place], scores[name, place]) for name, place in _assigned(scores, required)}
    if entity == "transactions":
        _total(columns, scores)
    taken = {match.values.place for match in columns.values()}
    _lone_date(schema, columns, values, taken)
    for column, match in columns.items():
        others = [(score, place) for (name, place), score in scores.items() if name == column]
        near = [(score, place) for score, place in others if score >= 0.75 * match.score]
        named = [by_place[place].name for _, place in sorted(near, reverse=True) if place != match.values.place]
        columns[column] = Match(match.values, match.score, tuple(named[:3]))
    instead = {column.instead for column in schema.columns if column.instead} & columns.keys()
    given = {*columns, *said.get("without", {})} | (
        {column.name for column in schema.columns if column.instead} if instead else set()
    )
    if entity == "transactions" and "amount" in columns:
        given.add("unit_price")  # a total stands in for it
    if entity == "products" and "product_id" in columns:
        given.add("name")  # its code does
    lacking = tuple(dict.fromkeys(name for name in required if name not in given))
    score = _score(columns, required, given, said, values, file)
    return Picked(entity, score, columns, lacking)


def _total(columns: dict[str, Match], scores: Mapping[tuple[str, int], float]) -> None:
    """What stands alone beside a quantity is the total of the line where its name says so no less than a price."""
    price = columns.get("unit_price")
    if price is None or "amount" in columns or "quantity" not in columns:
        return
    score = scores.get(("amount", price.values.place), 0.0)
    if score >= price.score:
        del columns["unit_price"]
        columns["amount"] = Match(price.values, score)


def _assigned(scores: Mapping[tuple[str, int], float], required: Sequence[str]) -> list[tuple[str, int]]:
    """Each column of the entity with one of the file, so that as many that are required as can be have one."""
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    if not scores:
        return []
    names, places = sorted({name for name, _ in scores}), sorted({place for _, place in scores})
    worth = np.zeros((len(names), len(places)))
    for (name, place), score in scores.items():
        # Squared, so that one that fits well is worth more than two that hardly do.
        fits = (score - 0.9 * FITS) ** 2
        worth[names.index(name), places.index(place)] = fits + (NEEDED if name in required else 0.0)
    rows, columns = linear_sum_assignment(worth, maximize=True)
    found = [(names[row], places[column]) for row, column in zip(rows, columns, strict=True)]
    return [key for key in found if key in scores]


def _lone_date(schema: Entity, columns: dict[str, Match], values: Sequence[Values], taken: set[int]) -> None:
    """Where the date of a row has no column by its name, and one date is left over, that one is it."""
    left = [each for each in values if each.kind == "date" and each.place not in taken]
    if schema.dated_by and schema.dated_by not in columns and len(left) == 1 and not speaks_of_the_end(left[0].name):
        columns[schema.dated_by] = Match(left[0], FITS)
        taken.add(left[0].place)


def speaks_of_the_end(header: str) -> bool:
    """Whether a date is of what comes after a row's own: of a delivery, an end."""
    return any(concepts & AFTERWARDS for concepts, _ in tokens(header))


def _score(
    columns: Mapping[str, Match],
    required: Sequence[str],
    given: set[str],
    said: Mapping[str, Any],
    values: Sequence[Values],
    file: str,
) -> float:
    needed = [columns[name].score if name in columns else 0.5 for name in required if name in given]
    told = [max((columns[each].score for each in line if each in columns), default=0.0) for line in said["tells"]]
    if not columns or not needed:
        return 0.0
    held = len(columns) / max(len([each for each in values if each.kind != "empty"]), 1)
    score = 0.45 * sum(needed) / len(needed) + 0.3 * sum(told) / len(told) + 0.25 * held
    score *= ONLY_TELLS ** sum(not each for each in told)
    score *= LACKS ** sum(name not in given for name in {*required})
    once = str(said.get("one_a_row", ""))
    if once in columns and not _about_once(columns[once].values):
        score *= TWICE
    if any(_alike(tokens(file), phrase, "") > 0.6 for phrase in said["file"]):
        score += NAMED
    return score


def _about_once(values: Values) -> bool:
    """Whether nearly every value stands once: files have a few rows twice."""
    return values.present > 0 and values.distinct >= 0.9 * values.present


def _possible(values: Values, column: EntityColumn) -> float:
    """Whether the values can be of the type of an entity's column: 1, 0, or less where that is odd."""
    if values.kind == "empty":
        return 0.8 if column.type == "text" and not column.required else 0.0
    match column.type:
        case "date" | "instant":
            serial = values.numeric and EXCEL_DAYS[0] <= values.lowest and values.highest <= EXCEL_DAYS[1]
            return 1.0 if values.kind == "date" else 0.9 if serial else 0.0
        case "integer":
            return 1.0 if values.kind == "integer" else 0.9 if values.kind == "decimal" else 0.0
        case "decimal" | "double":
            if column.unit == "points" and not (values.numeric and values.lowest >= 0 and values.highest <= 10):
                return 0.0
            return 1.0 if values.numeric else 0.0
        case "boolean":
            return 1.0 if values.kind == "boolean" or _zero_or_one(values) else 0.0
        case _:
            if values.kind == "date":
                return 0.0
            if column.name == "name" and values.numeric and not _about_once(values):
                return 0.0  # how long names are, or how many
            if column.name.endswith("_id"):
                return 0.3 if values.kind == "decimal" and not values.floated else 1.0
            return 1.0 if values.kind in ("text", "boolean") else 0.8


def _zero_or_one(values: Values) -> bool:
    return values.kind == "integer" and values.distinct <= 2 and values.lowest >= 0 and values.highest <= 1


def _alike(said: Sequence[_Token], phrase: str, file: str) -> float:
    """How much of a header and of a phrase of concepts is the other; a header without a subject has the file's."""
    concepts = phrase.split()
    score = _overlap(said, concepts)
    if file and not any(concept in SUBJECTS for each, _ in said for concept in each):
        subjects = [each for each in tokens(file) if any(concept in SUBJECTS for concept in each[0])]
        score = max([score, *(0.95 * _overlap([*said, subject], concepts) for subject in subjects[:2])])
    return score


def _overlap(said: Sequence[_Token], concepts: Sequence[str]) -> float:
    left, common, missing = [*said], 0.0, 0.0
    vetoes = {*vocabulary()["vetoes"]} - {*concepts}
    if any(each and each <= vetoes for each, _ in said):
        return 0.0
    for concept in concepts:
        found = next((token for token in left if concept in token[0]), None)
        if found is None:
            missing += _weight(concept)
        else:
            common += _weight(concept)
            left.remove(found)
    strange = sum(weight for each, weight in left if not each & {*concepts})  # `Nota NPS` says one thing twice
    strange *= QUESTION if len(said) > LONG else 1.0
    return common / (common + missing + strange) if common else 0.0


@cache
def tokens(text: str) -> tuple[_Token, ...]:
    """The words of a header or of a file's name, each with the concepts that it may stand for; a stranger for none."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text)
    plain = unicodedata.normalize("NFKD", spaced).encode("ascii", "ignore").decode().lower()
    known, found = _known(), list[_Token]()
    for word in re.findall(r"[a-z0-9]+", plain):
        if word in vocabulary()["no_words"]:
            continue
        for part in _parts(word):
            concepts = known.get(part, frozenset())
            if not concepts and part.isdigit():
                continue
            token = (concepts, min((_weight(each) for each in concepts), default=STRANGE))
            if not concepts or token not in found:
                found.append(token)
    return (*found,)


def _weight(concept: str) -> float:
    return float(vocabulary()["light"].get(concept, 1.0))


@cache
def _known() -> Mapping[str, frozenset[str]]:
    found = dict[str, set[str]]()
    for concept, words in vocabulary()["concepts"].items():
        for word in words:
            found.setdefault(word, set()).add(concept)
    return {word: frozenset(concepts) for word, concepts in found.items()}


@cache
def _parts(word: str) -> tuple[str, ...]:
    """A word of words that are written together, as `clienteid`; the word itself where it is known or is none."""
    known = _known()
    for each in (word, word.removesuffix("s"), word.rstrip("0123456789")):
        if each in known:
            return (each,)
    for cut in range(len(word) - 2, 1, -1):
        head, tail = word[:cut], word[cut:]
        if head in known and (cut >= 4 or head in ("cd", "dt", "vl", "nm", "nr", "id", "qt", "cod", "num")) and tail:
            rest = _parts(tail)
            if all(each in known for each in rest) and (len(tail) >= 4 or tail in ("id", "at", "no", "cd")):
                return (head, *rest)
    return (word,)
