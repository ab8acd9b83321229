"""A draft: files read, put together by their shape, and made the sources and settings of a domain.

Belongs here: which files are one source, and the steps from files to a draft. Does not belong here: each step (the
files beside it), writing it down (`writing`).
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from arcana_assets.domain.names import as_name
from arcana_assets.drafting.codes import by_values, meet
from arcana_assets.drafting.domain import Settings, as_customers, settings_of
from arcana_assets.drafting.entities import speaks_of_a_date
from arcana_assets.drafting.guess import DraftError, vocabulary
from arcana_assets.drafting.joining import join_up
from arcana_assets.drafting.periods import as_periods
from arcana_assets.drafting.reading import ROWS, Unreadable, Written, read
from arcana_assets.drafting.source import Source, Tabled
from arcana_assets.drafting.sources import source_of
from arcana_assets.drafting.values import values_of


@dataclass(frozen=True)
class Draft:
    """A domain as it seems to be: its settings, its sources, files that are none and why, open questions."""

    name: str
    language: str
    settings: Settings
    sources: tuple[Source, ...]
    left_out: tuple[tuple[Path, str], ...]
    questions: tuple[str, ...]

    @property
    def unfinished(self) -> tuple[Source, ...]:
        """The sources that a person must complete; the domain is green without them."""
        return tuple(source for source in self.sources if not source.finished)


def draft_of(
    name: str, files: Sequence[Path], language: str, step: Callable[[Path, int], None] = lambda path, read: None
) -> Draft:
    """A domain drafted from files; `step` is told of each before and after it is read, and how many were.

    Raises DraftError where none of the files is a table that a contract could describe, or of an unknown language.
    """
    known = vocabulary()["languages"]
    if language not in known:
        raise DraftError(f"there are no words of the language '{language}' to draft with; known: {', '.join(known)}")
    found, left_out = list[Written](), list[tuple[Path, str]]()
    for number, path in enumerate(files):
        step(path, number)
        try:
            found.append(read(path))
        except Unreadable as why:
            left_out.append((path, str(why)))
        step(path, number + 1)
    day_first = known[language]["day_first"]
    tabled = [_tabled(group, day_first, known[language]["decimal"]) for group in _grouped(found)]
    sources = list[Source]()
    for each in tabled:
        source = source_of(each, [other for other in tabled if other is not each])
        if source is None:
            left_out += [(path, _strange(each)) for path in each.files]
        else:
            sources.append(source)
    if not sources:
        told = "; ".join(f"{path.name}: {why}" for path, why in left_out)
        raise DraftError(f"expected files of customers, sales or the like, found none to draft a domain from. {told}")
    sources = [by_values(each, sources, [other for other in tabled if other is not each.tabled]) for each in sources]
    sources += as_customers(sources)
    sources = as_periods(sources)
    _name_apart(sources)
    for code in ("customer_id", "product_id", "store_id"):
        meet(sources, code)
    sources += join_up(sources)
    settings = settings_of(name, [each for each in sources if each.finished], sources, language)
    return Draft(name, language, settings, tuple(sources), tuple(left_out), tuple(_questions(sources)))


def _strange(tabled: Tabled) -> str:
    shown = ", ".join(f"'{each.name}'" for each in tabled.values[:8])
    return f"its columns are those of no entity that the platform knows: {shown}"


def _grouped(found: Iterable[Written]) -> list[list[Written]]:
    """Files of one shape and one name but for its numbers are one source: twelve months, eleven parts."""
    groups = dict[tuple, list[Written]]()
    for written in found:
        names = tuple(name.lower() for name in written.header)
        place = {part: value for part, value in written.form.items() if part != "encoding"}
        key = (_stem(written.path), written.path.suffix.lower(), names, tuple(sorted(place.items())))
        groups.setdefault(key, []).append(written)
    return [sorted(group, key=lambda each: each.path.name) for group in groups.values()]


def _stem(path: Path) -> str:
    """What a file is called without numbers and dates; of `2024-01.csv` the folder it lies in."""
    plain = re.sub(r"[\d\W_]+$|(?<=[\W_])\d+(?=[\W_])|^\d[\d\W_]*", "", path.stem)
    return as_name(plain, "") or as_name(path.parent.name, "file")


def _tabled(group: Sequence[Written], day_first: bool, decimal: str) -> Tabled:
    first = next((each for each in group if each.form.get("encoding") == "latin-1"), group[0])
    table = pa.concat_tables(each.table for each in group).slice(0, ROWS)
    whole = Written(first.path, first.form, first.guesses, first.header, table, first.whole, faults=first.faults)
    dated = frozenset(place for place, header in enumerate(first.header) if speaks_of_a_date(header))
    values = values_of(whole, day_first, dated)
    files, malformed = tuple(each.path for each in group), sum(each.malformed for each in group)
    repeats = sum(each.repeats for each in group)
    return Tabled(_stem(first.path), files, first, table, tuple(values), malformed, decimal, repeats)


def _name_apart(sources: Sequence[Source]) -> None:
    seen = Counter[str]()
    for source in sources:
        seen[source.name] += 1
        if seen[source.name] > 1:
            source.name = f"{source.name}_{seen[source.name]}"


def _questions(sources: Sequence[Source]) -> Iterable[str]:
    """What only shows among several sources."""
    entities = Counter(source.entity for source in sources)
    for entity, count in entities.items():
        if count > 1 and entity not in ("surveys", "customers"):
            files = " and ".join(each.tabled.files[0].name for each in sources if each.entity == entity)
            yield f"{files} both seem to be {entity}: the rows of both count; delete one of them if they say the same"
