"""A YAML file read together with where each thing in it stands, and its errors told with that place.

Belongs here: parsing, positions, and errors as `file:line: place: what, nearest right name`. Does not belong here: what
the keys mean; that is the model of each file. How a model's complaints are worded is `explanations`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from arcana_assets.domain.errors import ArcanaError
from arcana_assets.domain.yaml.explanations import Place, explained, kind_of

MAXIMUM_BYTES = 1_000_000
"""Of a YAML file."""
MAXIMUM_DEPTH = 50
"""Mappings and lists within one another."""
MAXIMUM_PLACES = 100_000
"""Values of a file, those that an alias stands for counted each time that it stands there."""
MAXIMUM_DIGITS = 18
"""Of a whole number, which an engine keeps in 64 bits; longer ones are codes, and codes are texts."""


class ContractError(ArcanaError):
    """A YAML file of a domain says something that no reader could act on."""


class Strict(BaseModel):
    """Root of the YAML models: unknown keys are errors, values are immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class YamlFile:
    """The content of one YAML file and the line on which each place of it begins."""

    path: Path
    content: Any
    lines: dict[Place, int] = field(repr=False)

    def at(self, place: Place) -> str:
        """`file:line: place`, with the line of the nearest place around it that the file itself holds.

        Of one value where there may be a list of them, the number is left out.
        """
        for step in range(1, len(place)):
            if isinstance(place[step], int) and place[: step + 1] not in self.lines and place[:step] in self.lines:
                place = place if (*place[:step], 0) in self.lines else (*place[:step], *place[step + 1 :])
                break
        known = place
        while known and known not in self.lines:
            known = known[:-1]
        line = f"{self.path}:{self.lines.get(known, 1)}"
        return f"{line}: {spell(place)}" if place else line

    def error(self, place: Place, problem: str) -> ContractError:
        """The error that `problem` stands at `place` of this file."""
        return ContractError(f"{self.at(place)}: {problem}")

    def refuse(self, problems: Iterable[tuple[Place, str]]) -> None:
        """Raises one ContractError, a line a problem, unless there is none."""
        lines = dict.fromkeys(f"{self.at(place)}: {problem}" for place, problem in problems)
        if lines:
            raise ContractError("\n".join(lines)) from None

    def parse(self, model: type[M], content: Any = None, under: Place = ()) -> M:
        """The content (or the part of it that lies `under` a place) as `model`.

        Raises ContractError with one line per problem: file, line, place, what was found, nearest right key.
        """
        content = self.content if content is None else content
        if not isinstance(content, dict):
            expected = ", ".join(info.alias or name for name, info in model.model_fields.items())
            raise self.error(under, f"expected a mapping of {expected}; found {kind_of(content)}")
        try:
            return model.model_validate(content)
        except ValidationError as invalid:
            problems = explained(model, content, [dict(error) for error in invalid.errors()])
        raise ContractError("\n".join(dict.fromkeys(f"{self.at(under + place)}: {what}" for place, what in problems)))


def read_yaml(path: Path) -> YamlFile:
    """The YAML file at `path` with its positions.

    Raises ContractError where the file is missing, cannot be read, is not UTF-8, not YAML, gives a key twice, or is
    larger, deeper or longer than the limits above.
    """
    try:
        with path.open("rb") as file:
            given = file.read(MAXIMUM_BYTES + 1)
        if len(given) > MAXIMUM_BYTES:
            raise ContractError(f"{path}: expected a YAML file of {MAXIMUM_BYTES:,} bytes at most, found a larger one")
        text = given.decode("utf-8-sig")
        _refuse_values(text, path)
        loader = PlainLoader(text)
        root = loader.get_single_node()
        lines: dict[Place, int] = {}
        for place, node in _walk(root, ()):
            at = f"{path}:{node.start_mark.line + 1}: {spell(place[:5])}"
            if len(place) > MAXIMUM_DEPTH:
                raise ContractError(
                    f"{at}: expected values at most {MAXIMUM_DEPTH} deep, found an alias within what it stands for"
                )
            if len(lines) >= MAXIMUM_PLACES:
                raise ContractError(
                    f"{at}: expected {MAXIMUM_PLACES:,} values at most, found more; those of an alias count wherever "
                    "it stands. Write less, or in more files"
                )
            if place in lines:
                raise ContractError(f"{path}:{node.start_mark.line + 1}: {spell(place)}: this key is given twice")
            lines[place] = node.start_mark.line + 1
        content = None if root is None else loader.construct_document(root)
    except FileNotFoundError:
        raise ContractError(f"{path}: expected a YAML file here, found none") from None
    except OSError as refused:
        raise ContractError(f"{path}: expected a YAML file that can be read, found: {refused.strerror}") from None
    except UnicodeDecodeError as bad:
        line = bad.object[: bad.start].count(b"\n") + 1
        raise ContractError(f"{path}:{line}: expected UTF-8, found the byte {bad.object[bad.start]:#x}") from None
    except yaml.MarkedYAMLError as bad:
        line = bad.problem_mark.line + 1 if bad.problem_mark else 1
        said = ", ".join(part for part in (bad.context, bad.problem) if part)
        raise ContractError(f"{path}:{line}: this is not YAML: {said}") from None
    except yaml.reader.ReaderError as bad:
        raise ContractError(f"{path}: this is not YAML: the character {bad.character:#x} is not allowed") from None
    return YamlFile(path, content, lines)


def _refuse_values(text: str, path: Path) -> None:
    """Raises ContractError for values deeper than MAXIMUM_DEPTH, numbers that no engine keeps, and tags on values.

    Of the stream of events: whoever builds something of it goes as deep as it is. What a tag calls a number or a date
    is one for its constructor, which has no words for what is none.
    """
    depth = 0
    for event in yaml.parse(text, Loader=PlainLoader):
        line = f"{path}:{event.start_mark.line + 1 if event.start_mark else 1}"
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAXIMUM_DEPTH:
            raise ContractError(f"{line}: expected values at most {MAXIMUM_DEPTH} deep, found deeper ones")
        if not isinstance(event, yaml.ScalarEvent):
            continue
        if event.tag in _TAGGED:
            raise ContractError(f"{line}: expected a value without a tag, found {event.tag}; write the value alone")
        if event.implicit[0] and _DIGITS.fullmatch(event.value):
            digits = len(event.value.lstrip("+-"))
            raise ContractError(
                f"{line}: expected a whole number of {MAXIMUM_DIGITS} digits at most, found {digits:,} of them; put a "
                "code in quotes"
            )


class PlainLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML as people read it, the core schema of version 1.2; by libyaml where PyYAML has it, as its wheels do.

    PyYAML follows 1.1, where NO is false, 076 is 62, 10:30 is 630 and 1e6 is a text; a contract full of country and
    product codes cannot have that. Dates stay texts as well, so that the model says what it expects.
    """

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - as PyYAML declares it


for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("merge", r"<<", "<"),
):
    PlainLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), list(_first))


_TAGGED = {f"tag:yaml.org,2002:{kind}" for kind in ("bool", "float", "int", "timestamp")}
_DIGITS = re.compile(rf"[-+]?[0-9]{{{MAXIMUM_DIGITS + 1},}}")


def spell(place: Place) -> str:
    """('columns', 3, 'type') as `columns[3].type`."""
    spelt = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return spelt.lstrip(".")


def _walk(node: yaml.Node | None, place: Place) -> Iterator[tuple[Place, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*place, str(key.value))
            yield inner, key
            yield from _walk(value, inner)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            inner = (*place, index)
            yield inner, value
            yield from _walk(value, inner)
