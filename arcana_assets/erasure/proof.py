"""The proof of an erasure: what was asked and done, what a scan of every byte found, and who accepted what is left.

Belongs here: the proof of one reference, as JSON and as a page in the language of its domain. Does not belong here: the
words (the texts), the scan (`places`).
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from arcana_assets import __version__
from arcana_assets.deployment import is_s3, s3_filesystem
from arcana_assets.engine.whole import whole_file
from arcana_assets.erasure.places import FOR_PEOPLE, PROOFS, Kind, Left, Scan
from arcana_assets.exports.editions import mode_of_folder
from arcana_assets.exports.pages import Page, Section, html
from arcana_assets.presentation.file_names import file_name, file_names
from arcana_assets.presentation.language import Language

KINDS: Sequence[Kind] = ("tables", "published", "database", "tracking", "instance", "landing", "other")


@dataclass(frozen=True)
class Proof:
    """What is proven of one reference."""

    domain: str
    reference: str
    run: str
    at: datetime
    requested_on: Sequence[date]
    hmacs: Sequence[str]
    key_id: str
    rows: Mapping[str, int]
    scan: Scan
    left: Sequence[Left]
    accepted: Sequence[Left]
    language: Language
    accepted_by: str = ""
    unknown: int = 0
    held: Sequence[date] = field(default_factory=tuple)
    together: int = 1

    @property
    def folder(self) -> str:
        """What the folder of proofs is called, in the language of the domain."""
        return file_name(PROOFS, self.language)

    @property
    def eliminated(self) -> bool:
        """Whether everybody of the request was known, was kept for no longer, and is nowhere any more."""
        return self.clean and not self.unknown and not self.held

    @property
    def clean(self) -> bool:
        """Whether nothing is left but what somebody accepted, and everything could be read."""
        return not self.scan.undecoded and not self.open

    @property
    def open(self) -> list[Left]:
        """The places left that nobody accepted."""
        keys = {each.key for each in self.accepted}
        return [each for each in self.left if each.key not in keys]

    def as_dict(self) -> dict[str, Any]:
        """For machines. It names no customer; its own digest comes last."""
        told: dict[str, Any] = {
            "reference": self.reference,
            "domain": self.domain,
            "eliminated": self.eliminated,
            "at": self.at.isoformat(timespec="seconds"),
            "run": self.run,
            "version": __version__,
            "requested_on": sorted({day.isoformat() for day in self.requested_on}),
            "id_hmacs": sorted(self.hmacs),
            "key_id": self.key_id,
            "unknown_customers": self.unknown,
            "kept_until": sorted({day.isoformat() for day in self.held}),
            "rows_removed": dict(sorted(self.rows.items())),
            "requests_carried_out_together": self.together,
            "scan": {
                "files": dict(self.scan.files),
                "bytes": dict(self.scan.bytes),
                "pictures": self.scan.pictures,
                "old_versions": self.scan.old_versions,
                "undecoded": [{"place": place, "why": why} for place, why in self.scan.undecoded],
                "of_others": self.scan.of_others,
            },
            "places": [_told(each) for each in self.open],
            "accepted": [_told(each) for each in self.accepted],
            "accepted_by": self.accepted_by,
            "owner_must": list(self.language.words("proof.owner_must")),
        }
        digest = hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
        return {**told, "digest": digest}

    def page(self) -> str:
        """For people, in the language of the domain."""
        say, words = self.language.say, self.language.words
        days = sorted({self.language.day(day) for day in self.requested_on})
        told = (
            self.reference,
            ", ".join(days),
            self.at.strftime(say("proof.moment")),
            self.run,
            str(self.unknown),
            ", ".join(each[:16] for each in self.hmacs),
            self.key_id,
            self.as_dict()["digest"],
        )
        sections = [
            Section(say("proof.sections.result"), " ".join(self._result())),
            self._scanned(),
            self._removed(),
            self._places(say("proof.sections.left"), self.open),
            self._places(say("proof.sections.accepted"), self.accepted),
            Section(
                say("proof.sections.undecoded"),
                "" if self.scan.undecoded else say("proof.none"),
                words("proof.undecoded_columns"),
                self.scan.undecoded,
            ),
            *self._of_others(),
            Section(say("proof.sections.owner_must"), "\n".join(words("proof.owner_must"))),
        ]
        facts = tuple(zip(words("proof.facts"), told, strict=True))
        about = say("proof.about", domain=self.domain)
        code = self.language.code
        return html(Page(say("proof.title"), about, sections, facts=facts, in_order=True, language=code))

    def _result(self) -> Iterator[str]:
        """What became of the request, in sentences."""
        say = self.language.say
        if not self.hmacs:
            yield say("proof.nobody")
        elif self.clean and self.accepted:
            who = self.accepted_by or say("proof.a_person")
            yield say("proof.accepted", places=str(len(self.accepted)), who=who)
        else:
            yield say("proof.nothing_left") if self.clean else say("proof.places_left")
        if self.unknown:
            yield say("proof.unknown", customers=str(self.unknown))
        if self.held:
            until = ", ".join(sorted({self.language.day(day) for day in self.held}))
            yield say("proof.held", customers=str(len(self.held)), until=until)

    def _scanned(self) -> Section:
        say, found, files = self.language.say, self.scan.by_kind(), self.scan.files
        open_by, accepted_by = _files(self.open), _files(self.accepted)
        rows = [
            (say(f"proof.kinds.{kind}"), str(files[kind]), str(open_by.get(kind, 0)), str(accepted_by.get(kind, 0)))
            for kind in KINDS
            if files[kind] or found.get(kind)
        ]
        versions = self.scan.old_versions
        text = say(
            "proof.scan",
            files=str(sum(files.values())),
            megabytes=f"{sum(self.scan.bytes.values()) / 1e6:.0f}",
            undecoded=str(len(self.scan.undecoded)),
            pictures=str(self.scan.pictures),
            versions=say("proof.versions_unknown") if versions is None else str(versions),
        )
        return Section(say("proof.sections.scan"), text, self.language.words("proof.scan_columns"), rows)

    def _removed(self) -> Section:
        say, rows = self.language.say, [(name, str(count)) for name, count in sorted(self.rows.items())]
        text = say(
            "proof.removed_together" if self.together > 1 else "proof.removed",
            rows=str(sum(self.rows.values())),
            tables=str(len(self.rows)),
            together=str(self.together),
        )
        return Section(say("proof.sections.removed"), text, self.language.words("proof.removed_columns"), rows)

    def _of_others(self) -> Iterator[Section]:
        """Tables of other programs, where there are any: nobody may take them for looked at."""
        say, tables = self.language.say, self.scan.of_others
        if tables:
            yield Section(
                say("proof.sections.of_others"),
                say("proof.of_others"),
                self.language.words("proof.of_others_columns"),
                [(each,) for each in tables],
            )

    def _places(self, heading: str, left: Sequence[Left]) -> Section:
        say = self.language.say
        rows = [
            (
                *(say(f"proof.kinds.{each.kind}"), each.place, each.where.replace("line ", say("proof.line"))),
                *(each.context, str(each.times)),
            )
            for each in left
        ]
        return Section(heading, "" if rows else say("proof.none"), self.language.words("proof.places_columns"), rows)

    def write(self, lake: str, mode: int) -> str:
        """Puts both files into the published folder of the domain; returns the place of the JSON."""
        text = json.dumps(self.as_dict(), indent=2, ensure_ascii=False) + "\n"
        place = f"{lake.rstrip('/')}/{self.domain}/{FOR_PEOPLE}/{self.folder}"
        for ending, content in ((".html", self.page()), (".json", text)):
            _put(f"{place}/{self.reference}{ending}", content.encode(), mode)
        return f"{place}/{self.reference}.json"


def proofs_of(lake: str, domain: str) -> list[str]:
    """Where proofs of a domain may be: the folder is called as its language has it, now or when they were written."""
    return [f"{lake.rstrip('/')}/{domain}/{FOR_PEOPLE}/{name}" for name in file_names(PROOFS)]


def read_proof(lake: str, domain: str, reference: str) -> tuple[str, dict[str, Any]] | None:
    """Where the last proof of a reference is, and what it says; None where there is none."""
    found = list[tuple[str, dict[str, Any]]]()
    for folder in proofs_of(lake, domain):
        place = f"{folder}/{reference}.json"
        with suppress(FileNotFoundError):
            text = s3_filesystem().cat_file(place) if is_s3(place) else Path(place).read_bytes()
            found.append((place, dict(json.loads(text))))
    return max(found, key=lambda each: str(each[1]["at"]), default=None)


def _told(left: Left) -> dict[str, Any]:
    return {
        "kind": left.kind,
        "place": left.place,
        "where": left.where,
        "context": left.context,
        "customer": left.who,
        "times": left.times,
    }


def _files(left: Sequence[Left]) -> dict[Kind, int]:
    found = dict[Kind, set[str]]()
    for each in left:
        found.setdefault(each.kind, set()).add(each.place)
    return {kind: len(places) for kind, places in found.items()}


def _put(place: str, content: bytes, mode: int) -> None:
    if is_s3(place):
        s3_filesystem().pipe_file(place, content)
        return
    path = Path(place)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(mode_of_folder(mode))
    with whole_file(path, mode) as file:
        file.write(content)
