"""A draft as YAML, with a comment beside each guess.

Belongs here: the text of `defs.yaml` and of contracts, and the folder they lie in. Does not belong here: what they say
(`domain`, `sources`).
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from arcana_assets.domain.folder import load_domain
from arcana_assets.domain.yaml.file import ContractError
from arcana_assets.drafting.domain import COMPONENT
from arcana_assets.drafting.draft import Draft
from arcana_assets.drafting.guess import DraftError
from arcana_assets.drafting.source import Source

TO_FILL_IN, TO_LOOK_AT = "TO FILL IN", "TO LOOK AT"
SET_ASIDE = "_"  # begins the name of a contract that is not loaded yet


def write(draft: Draft, into: Path) -> tuple[Path, str]:
    """Writes the domain's folder below `into`; returns it, and what is wrong with it, nothing where it loads.

    A source that a person has to complete lies there as `_name.yaml`, which no domain loads. Raises DraftError where
    the folder is there already: nothing is ever written over.
    """
    folder = into / draft.name
    if folder.exists():
        raise DraftError(
            f"{folder} is there already, and nothing is written over; name another domain or another --into, or move "
            "the folder away"
        )
    (folder / "sources").mkdir(parents=True)
    (folder / "defs.yaml").write_text(defs_text(draft), encoding="utf-8")
    for source in draft.sources:
        (folder / "sources" / file_name(source)).write_text(source_text(source), encoding="utf-8")
    try:
        load_domain(folder)
    except ContractError as wrong:
        return folder, str(wrong)
    return folder, ""


def file_name(source: Source) -> str:
    """The file of a contract."""
    return f"{'' if source.finished else SET_ASIDE}{source.name}.yaml"


def defs_text(draft: Draft) -> str:
    """`defs.yaml`."""
    lines = [
        f"# The domain {draft.name}, drafted from files. Each guess says how sure it is and what else it could be;",
        "# change what is wrong, delete the comments that are read, and run `arcana check`.",
    ]
    lines += _marked(TO_LOOK_AT, [*draft.settings.to_look_at, *draft.questions])
    for source in draft.unfinished:
        lines += _marked(TO_FILL_IN, [f"sources/{file_name(source)}: {each}" for each in source.to_fill_in])
    lines += [_said(f"Not drafted: {path.name}: {why}") for path, why in draft.left_out]
    lines += [f"type: {COMPONENT}", "attributes:"]
    for key, value, comment in draft.settings.attributes:
        lines += _entry(key, value, comment, "  ")
    return "\n".join(lines) + "\n"


def source_text(source: Source) -> str:
    """A contract."""
    files, picked = source.tabled.files, source.picked
    shown = ", ".join(path.name for path in files[:3]) + (f" and {len(files) - 3} more" if len(files) > 3 else "")
    lines = [f"# Drafted from {' '.join(shown.split())}: {source.tabled.table.num_rows:,} rows were looked at."]
    if source.tabled.malformed:
        lines.append(f"# {source.tabled.malformed:,} lines have another number of fields, and will be refused.")
    lines += _marked(TO_FILL_IN, source.to_fill_in)
    if not source.finished:
        lines.append(f"# This contract is not loaded: once it is complete, call the file {source.name}.yaml.")
    for (other, key), columns in source.joins.items():
        join = {"source": other, "on": key, "columns": columns, "missing": "quarantine"}
        lines.append(f"# join: {_flow(join)}")
    lines += _marked(TO_LOOK_AT, source.to_look_at)
    rivals = "".join(f"; or: {name} ({score:.0%})" for name, score in picked.rivals)
    sure = "sure" if picked.score > 0.85 and not picked.rivals else "likely" if picked.score > 0.6 else "unsure"
    lines.append(f"entity: {picked.entity}  " + _said(f"{sure} ({min(picked.score, 1):.0%}): {picked.why()}{rivals}"))
    lines.append(f"description: {_flow(f'{picked.schema.grain}, as {files[0].name} has it')}")
    dated = source.monthly or (len(files) > 1 and not source.of_periods)
    landing = {"pattern": source.pattern} if dated else {"pattern": source.pattern, "deliveries": "latest"}
    why = "files add up" if dated else "each file is complete, and the one whose name sorts last is read"
    lines.append(f"landing: {_flow(landing)}  # below the landing of the domain; {why}")
    lines += [_said(comment) for comment in source.format_comments]
    lines += [f"format: {_flow(source.format)}", "columns:"]
    lines += [f"  - {_flow(column)}  {_said(comment)}" for column, comment in source.columns]
    for key, value, comment in source.tail:
        lines += _entry(key, value, comment, "") if key else [_said(comment)]
    return "\n".join(lines) + "\n"


def _marked(mark: str, said: Iterable[str]) -> list[str]:
    return [_said(f"{mark}: {each}") for each in said]


def _said(comment: str) -> str:
    """A comment on one line, whatever a header or a name of a file has in it."""
    return f"# {' '.join(comment.split())}"


def _entry(key: str, value: Any, comment: str, indent: str) -> Iterator[str]:
    """A key, on one line where its value is plain; a list of mappings is a line a part."""
    told = f"  {_said(comment)}" if comment else ""
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        yield f"{indent}{key}:{told}"
        for each in value:
            text = yaml.dump(
                [each], Dumper=_Plain, allow_unicode=True, sort_keys=False, width=110, default_flow_style=None
            )
            yield from (f"{indent}  {line}" for line in text.rstrip().splitlines())
        return
    yield f"{indent}{key}: {_flow(value)}{told}"


class _Plain(yaml.SafeDumper):
    """What stands twice is written twice: a person reads it, who may not know anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _flow(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, sort_keys=False, width=1e9)
    return text.removesuffix("\n").removesuffix("\n...").strip()
