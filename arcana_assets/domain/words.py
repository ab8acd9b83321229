"""Words that settings have where a domain says none, such as the levels of personas, in the language of the domain.

Belongs here: reading the file of a language, the words of its section `defaults`. Does not belong here: the words
themselves (`presentation/texts/<code>.yaml`), sentences, numbers and dates (`presentation.language`).
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

import yaml

TEXTS = Path(__file__).parents[1] / "presentation" / "texts"
DEFAULT_LANGUAGE = "pt-BR"


def languages() -> list[str]:
    """The codes of the languages there are, such as `pt-BR`."""
    return sorted(path.stem for path in TEXTS.glob("*.yaml"))


@cache
def texts_of(code: str) -> Mapping[str, Any]:
    """All texts of a language, as its file has them. Raises FileNotFoundError where there is none."""
    # The loader in C where this machine has it: every process that loads definitions waits for the texts.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: Mapping[str, Any] = yaml.load((TEXTS / f"{code}.yaml").read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - both are safe
    return found


def defaults_of(code: str) -> Mapping[str, Any]:
    """The words that settings have by default, by what they are for; those of Portuguese where there is no such file.

    That a domain asks for a language without texts is told, with its line, where its definitions load.
    """
    found: Mapping[str, Any] = texts_of(code if code in languages() else DEFAULT_LANGUAGE)["defaults"]
    return found


DEFAULTS = defaults_of(DEFAULT_LANGUAGE)
# Settings are read within one another: those inside have no other way to know the language of their domain.
_READ_IN: ContextVar[str] = ContextVar("language", default=DEFAULT_LANGUAGE)


@contextmanager
def read_in(language: str) -> Iterator[None]:
    """Settings that are read inside have their words in this language."""
    token = _READ_IN.set(language)
    try:
        yield
    finally:
        _READ_IN.reset(token)


def language_read() -> str:
    """The language of the domain whose settings are being read."""
    return _READ_IN.get()


def word(*path: str) -> Callable[[], Any]:
    """What makes a default of a setting: the word at a path below `defaults`, in the language that is read."""

    def said() -> Any:
        found: Any = defaults_of(language_read())
        for part in path:
            found = found[part]
        return list(found) if isinstance(found, list) else found

    return said
