"""Pages of the site that lie elsewhere: those of the root of the repository, and one a room of the package.

Belongs here: bringing them in, with links that lead where the site has them. Does not belong here: what is in the site
and how it looks (`mkdocs.yml`).
"""

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
PAGES = {
    "index.md": "README.md",
    "benchmarks.md": "benchmarks/README.md",
    **{name: name for name in ("LEIAME.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")},
}


def on_files(files: Files, config: Any) -> Files:
    """The files of `docs`, with these pages."""
    for name, source in PAGES.items():
        files.append(File.generated(config, name, content=here((ROOT / source).read_text(encoding="utf-8"))))
    rooms = sorted(path.parent.name for path in (ROOT / "arcana_assets").glob("*/__init__.py"))
    rooms = [room for room in rooms if room not in ("defs", "samples")]
    for room in rooms:
        page = f"# {room}\n\n::: arcana_assets.{room}\n"
        files.append(File.generated(config, f"api/{room}.md", content=page))
    listed = "\n".join(f"- [{room}]({room}.md)" for room in rooms)
    files.append(File.generated(config, "api/index.md", content=f"# Python\n\nBy room, from docstrings.\n\n{listed}\n"))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Links out of `docs` lead to the page that the site has of it."""
    return re.sub(
        r"\]\((?:\.\./)+(README|LEIAME|CHANGELOG|CONTRIBUTING|SECURITY|benchmarks/README)\.md",
        lambda found: "](" + "../" * page.file.src_uri.count("/") + _named(found[1]),
        markdown,
    )


def here(text: str) -> str:
    """A page of the root as one of `docs`."""
    text = re.sub(r"\]\(docs/", "](", text)
    return re.sub(r"\]\((benchmarks/README|README)\.md", lambda found: f"]({_named(found[1])}", text)


def _named(source: str) -> str:
    return next(name for name, of in PAGES.items() if of == f"{source}.md")
