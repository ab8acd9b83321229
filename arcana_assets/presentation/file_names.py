"""File names: what the files of a publication are called, in the language of those who open them.

Belongs here: names by publication, and publications by name. Does not belong here: the words (`texts`, under
`files.of.<publication>.file`), where files lie (`exports`).
"""

from functools import cache

from arcana_assets.domain.words import languages, texts_of
from arcana_assets.presentation.language import Language


def file_name(publication: str, language: Language) -> str:
    """What the folder of a publication is called, and what its files are where those of a month have names."""
    return language.say(f"files.of.{publication}.file")


def file_names(publication: str) -> tuple[str, ...]:
    """What they are called in every language, each once; the name itself of what no language knows."""
    return _names().get(publication, (publication,))


def publication_of(name: str) -> str:
    """The publication whose files are called so in some language; the name itself where none is."""
    return next((each for each, names in _names().items() if name in names), name)


@cache
def _names() -> dict[str, tuple[str, ...]]:
    found = dict[str, dict[str, None]]()
    for code in languages():
        for publication, said in texts_of(code)["files"]["of"].items():
            found.setdefault(publication, {})[str(said["file"])] = None
    return {publication: tuple(names) for publication, names in found.items()}
