"""A YAML file read together with where each thing in it stands, and its errors told with that place.

Belongs here: parsing, positions, and turning a model's complaints into `file:line: place: what, nearest right name`.
Does not belong here: what the keys mean; that is the model of each file.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from arcana_assets.domain.errors import ArcanaError, nearest

Place = tuple[str | int, ...]


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
        """`file:line: place`, for the nearest place that the file itself holds."""
        known = place
        while known and known not in self.lines:
            known = known[:-1]
        return f"{self.path}:{self.lines.get(known, 1)}: {spell(place)}" if place else f"{self.path}"

    def error(self, place: Place, problem: str) -> ContractError:
        """The error that `problem` stands at `place` of this file."""
        return ContractError(f"{self.at(place)}: {problem}")

    def parse(self, model: type[M], content: Any = None, under: Place = ()) -> M:
        """The content (or the part of it that lies `under` a place) as `model`.

        Raises ContractError with one line per problem: file, line, place, what was found, nearest right key.
        """
        content = self.content if content is None else content
        if not isinstance(content, dict):
            raise self.error(under, f"expected a mapping of {', '.join(model.model_fields)}, found {_kind(content)}")
        try:
            return model.model_validate(content)
        except ValidationError as invalid:
            problems = [self._explain(model, content, dict(error), under) for error in invalid.errors()]
            raise ContractError("\n".join(dict.fromkeys(problems))) from None

    def _explain(self, model: type[BaseModel], content: Any, error: dict[str, Any], under: Place) -> str:
        place = _within(content, error["loc"])
        kind, message = error["type"], str(error["msg"])
        if kind == "extra_forbidden":
            message = f"unknown key '{place[-1]}'" + nearest(str(place[-1]), _fields_beside(model, error["loc"]))
        elif kind == "missing":
            message = "this key is required and missing"
            place = (*place, error["loc"][-1]) if not place or place[-1] != error["loc"][-1] else place
        elif kind in ("literal_error", "union_tag_invalid"):
            allowed = str(error["ctx"].get("expected") or error["ctx"].get("expected_tags"))
            found = error["ctx"].get("tag", error["input"])
            choices = [word.strip(" '\"") for word in allowed.replace(" or ", ",").split(",")]
            message = f"'{found}' is not one of {', '.join(choices)}" + nearest(str(found), choices).split("; known")[0]
        elif kind == "value_error":
            message = message.removeprefix("Value error, ")
        else:
            message = f"{message[:1].lower()}{message[1:]}, found {error['input']!r}"
        return f"{self.at(under + place)}: {message}"


def read_yaml(path: Path) -> YamlFile:
    """The YAML file at `path` with its positions.

    Raises ContractError where the file is missing, not UTF-8, not YAML, or gives a key twice.
    """
    try:
        text = path.read_text(encoding="utf-8")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        content = yaml.safe_load(text)
    except FileNotFoundError:
        raise ContractError(f"{path}: expected a YAML file here, found none") from None
    except UnicodeDecodeError as bad:
        raise ContractError(f"{path}: expected UTF-8, found the byte {bad.object[bad.start]:#x} at {bad.start}") from None
    except yaml.MarkedYAMLError as bad:
        line = bad.problem_mark.line + 1 if bad.problem_mark else 1
        raise ContractError(f"{path}:{line}: this is not YAML: {bad.problem}") from None
    lines: dict[Place, int] = {}
    for place, node in _walk(root, ()):
        if place in lines:
            raise ContractError(f"{path}:{node.start_mark.line + 1}: {spell(place)}: this key is given twice")
        lines[place] = node.start_mark.line + 1
    return YamlFile(path, content, lines)


def spell(place: Place) -> str:
    """('columns', 3, 'type') as `columns[3].type`."""
    spelt = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return spelt.lstrip(".")


def _walk(node: yaml.Node | None, place: Place) -> Iterator[tuple[Place, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*place, key.value)
            yield inner, key
            yield from _walk(value, inner)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            inner = (*place, index)
            yield inner, value
            yield from _walk(value, inner)


def _within(content: Any, location: Place) -> Place:
    """The parts of a validation error's location that the file itself holds; union tags are the model's own."""
    place: list[str | int] = []
    for part in location:
        if isinstance(content, dict) and part in content:
            content = content[part]
        elif isinstance(content, list) and isinstance(part, int) and part < len(content):
            content = content[part]
        else:
            continue
        place.append(part)
    return tuple(place)


def _fields_beside(model: type[BaseModel], location: Place) -> list[str]:
    """Names of the keys that are allowed where the unknown key at `location` stands."""
    candidates: list[type[BaseModel]] = [model]
    for part in location[:-1]:
        if isinstance(part, int):
            continue
        inner: list[type[BaseModel]] = []
        for candidate in candidates:
            if part in candidate.model_fields:
                inner += list(_models_in(candidate.model_fields[part].annotation))
        candidates = inner or [c for c in candidates if part in _tags(c)] or candidates
    return sorted({field.alias or name for candidate in candidates for name, field in candidate.model_fields.items()})


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def _tags(model: type[BaseModel]) -> tuple[Any, ...]:
    return tuple(tag for field in model.model_fields.values() for tag in get_args(field.annotation))


def _kind(content: Any) -> str:
    return "nothing" if content is None else f"a {type(content).__name__}"
