"""What a model complains about, in the words of who writes the YAML: expected, found, nearest right name.

Belongs here: wording pydantic's errors and finding their place in the file. Does not belong here: lines (`file`).
"""

import re
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel

from arcana_assets.domain.errors import nearest

Place = tuple[str | int, ...]

EXPECTED = {
    "string": "text",
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "list": "a list",
    "tuple": "a list",
    "dict": "a mapping",
}

BOUNDS = {
    "greater_than": "more than {gt}",
    "greater_than_equal": "{ge} or more",
    "less_than": "less than {lt}",
    "less_than_equal": "{le} or less",
    "string_too_short": "{min_length} characters or more",
    "string_too_long": "{max_length} characters or fewer",
    "too_short": "{min_length} items or more",
    "too_long": "{max_length} items or fewer",
}


def explained(model: type[BaseModel], content: Any, errors: list[dict[str, Any]]) -> list[tuple[Place, str]]:
    """(place, problem) for each error that validating `content` as `model` gave, in its order.

    A value of several possible kinds fails once for each: the one whose inside was looked at is meant, else all are.
    """
    groups: dict[Place, list[dict[str, Any]]] = {}
    for error in errors:
        groups.setdefault(_held(content, error["loc"]), []).append(error)
    problems: list[tuple[Place, str]] = []
    for place, group in groups.items():
        kinds = [error for error in group if _is_a_kind(error, place)]
        inside = [other for other in groups if len(other) > len(place) and other[: len(place)] == place]
        others = [error for error in group if error not in kinds]
        if kinds and not inside and not others:
            problems.append((place, _of_kinds(model, kinds)))
        problems += [_explain(model, error, place) for error in others]
    return problems


def kind_of(value: Any) -> str:
    """A value as a message names it."""
    if isinstance(value, dict | list | tuple):
        return "a mapping" if isinstance(value, dict) else "a list"
    if value is None:
        return "nothing"
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _of_kinds(model: type[BaseModel], errors: list[dict[str, Any]]) -> str:
    found = errors[0]["input"]
    wants = list(dict.fromkeys(_wants(model, error) for error in errors))
    choices = [choice for error in errors if error["type"] == "literal_error" for choice in _choices(error)]
    quotes = "; put it in quotes" if wants == ["text"] and isinstance(found, bool | int | float) else ""
    separator = "; " if any("mapping of" in want for want in wants) else ", "
    message = f"expected {' or '.join(wants)}{separator}found {kind_of(found)}{quotes}"
    return message + nearest(str(found), choices, listed=False)


def _explain(model: type[BaseModel], error: dict[str, Any], place: Place) -> tuple[Place, str]:
    kind, message = error["type"], str(error["msg"])
    if kind == "extra_forbidden":
        return place, f"unknown key '{place[-1]}'" + nearest(str(place[-1]), _fields_beside(model, error["loc"]))
    if kind == "missing" and isinstance(error["loc"][-1], int):
        return place, f"expected {error['loc'][-1] + 1} values or more, found {kind_of(error['input'])} of fewer"
    if kind == "missing":
        return (*place, error["loc"][-1]), "this key is required and missing"
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        tags = _tags_of(model, error["loc"]) if kind == "union_tag_not_found" else _choices(error)
        inner = (*place, error["ctx"]["discriminator"].strip("'"))
        if kind == "union_tag_not_found":
            return inner, f"this key is required and missing; one of {', '.join(tags)}"
        found = str(error["ctx"]["tag"])
        return inner, f"expected one of {', '.join(tags)}, found '{found}'" + nearest(found, tags, listed=False)
    if kind == "value_error":
        return place, message.removeprefix("Value error, ")
    if kind in BOUNDS:
        return place, f"expected {BOUNDS[kind].format(**error['ctx'])}, found {kind_of(error['input'])}"
    return place, f"{message[:1].lower()}{message[1:]}, found {kind_of(error['input'])}"


def _is_a_kind(error: dict[str, Any], place: Place) -> bool:
    """Whether the error says no more than that the value is of another kind."""
    kind = error["type"]
    return kind in ("model_type", "model_attributes_type", "literal_error") or (
        kind.split("_")[0] in EXPECTED and kind.endswith(("_type", "_parsing", "_from_float"))
    )


def _wants(model: type[BaseModel], error: dict[str, Any]) -> str:
    kind = error["type"]
    if kind == "literal_error":
        return str(error["ctx"]["expected"]).replace("True", "true").replace("False", "false")
    if kind in ("model_type", "model_attributes_type"):
        return f"a mapping of {', '.join(_fields_beside(model, (*error['loc'], '')))}"
    return EXPECTED[kind.split("_")[0]]


def _choices(error: dict[str, Any]) -> list[str]:
    allowed = error["ctx"].get("expected") or error["ctx"].get("expected_tags")
    return re.findall(r"'([^']*)'", str(allowed))


def _held(content: Any, location: Place) -> Place:
    """The parts of an error's location that the file itself holds; the kinds of a union are the model's own."""
    place: list[str | int] = []
    for part in location:
        if isinstance(content, dict) and part in content:
            place.append(str(part))
            content = content[part]
        elif isinstance(content, list) and isinstance(part, int) and part < len(content):
            place.append(part)
            content = content[part]
    return tuple(place)


def _fields_beside(model: type[BaseModel], location: Place) -> list[str]:
    """Names of the keys that are allowed where the key at `location` stands."""
    candidates = _models_at(model, location[:-1])
    return sorted({info.alias or name for candidate in candidates for name, info in candidate.model_fields.items()})


def _tags_of(model: type[BaseModel], location: Place) -> list[str]:
    return [str(tag) for candidate in _models_at(model, location) for tag in _tags(candidate)[:1]]


def _models_at(model: type[BaseModel], location: Place) -> list[type[BaseModel]]:
    candidates: list[type[BaseModel]] = [model]
    for part in location:
        if isinstance(part, int):
            continue
        inner: list[type[BaseModel]] = []
        for candidate in candidates:
            if part in candidate.model_fields:
                inner += list(_models_in(candidate.model_fields[part].annotation))
        candidates = inner or [c for c in candidates if part in _tags(c)] or candidates
    return candidates


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def _tags(model: type[BaseModel]) -> tuple[Any, ...]:
    return tuple(get_args(model.model_fields["kind"].annotation)) if "kind" in model.model_fields else ()
