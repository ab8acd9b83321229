"""The site: what its menu lists. That it can be built is seen where it is built (`make site`)."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]


def listed(part: Any) -> Iterator[str]:
    """The pages of a part of the menu, in their order."""
    if isinstance(part, str):
        yield part
    else:
        for each in part.values() if isinstance(part, dict) else part:
            yield from listed(each)


def test_every_page_of_the_docs_is_in_the_menu_once():
    menu = Counter(listed(yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"]))
    assert {name: times for name, times in menu.items() if times > 1} == {}
    assert {path.name for path in (ROOT / "docs").glob("*.md")} - {*menu} == set()
