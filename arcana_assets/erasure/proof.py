"""The proof of an erasure: what was asked and done, what a scan of every byte found, and who accepted what is left.

Belongs here: the proof of one reference, as JSON and as a page in Portuguese. Does not belong here: the
scan (`places`).
"""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from arcana_assets import __version__
from arcana_assets.deployment import is_s3, s3_filesystem
from arcana_assets.erasure.places import FOR_PEOPLE, PROOFS, Kind, Left, Scan
from arcana_assets.exports.editions import mode_of_folder
from arcana_assets.exports.pages import Page, Section, html

KINDS: dict[Kind, str] = {
    "tables": "tabelas do lake",
    "published": "arquivos publicados",
    "database": "banco de dados",
    "tracking": "MLflow",
    "instance": "Dagster",
    "landing": "landing",
    "other": "outros arquivos do lake",
}
OWNER_MUST = (
    "Cópias de segurança: guarde a data em que a última cópia anterior a esta prova expira e rode a varredura de novo "
    "se alguma for restaurada (`arcana erase` outra vez elimina de novo).",
    "Buckets com versões: uma regra de ciclo de vida deve expirar as versões anteriores; os números estão acima.",
    "Sistemas de origem: peça a eliminação onde os arquivos são feitos; o que chegar de novo é recusado.",
    "Arquivos publicados já copiados, enviados ou importados por outros sistemas estão fora do alcance da plataforma.",
)


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
    accepted_by: str = ""
    unknown: int = 0
    held: Sequence[date] = field(default_factory=tuple)
    together: int = 1

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
            },
            "places": [_told(each) for each in self.open],
            "accepted": [_told(each) for each in self.accepted],
            "accepted_by": self.accepted_by,
            "owner_must": list(OWNER_MUST),
        }
        digest = hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
        return {**told, "digest": digest}

    def page(self) -> str:
        """For people, in Portuguese."""
        found, files = self.scan.by_kind(), self.scan.files
        open_by, accepted_by = _files(self.open), _files(self.accepted)
        rows = [
            (KINDS[kind], str(files[kind]), str(open_by.get(kind, 0)), str(accepted_by.get(kind, 0)))
            for kind in KINDS
            if files[kind] or found.get(kind)
        ]
        said = "Nada restou do titular." if self.clean and not self.accepted else "Restam lugares; veja abaixo."
        if self.clean and self.accepted:
            said = f"Nada restou além de {len(self.accepted)} lugares aceitos por {self.accepted_by or 'uma pessoa'}."
        if not self.hmacs:
            said = "Ninguém foi eliminado por este pedido."
        if self.unknown:
            said += (
                f" {self.unknown} dos códigos pedidos nenhuma tabela e nenhum arquivo conhece: "
                "destes nada foi eliminado."
            )
        if self.held:
            until = ", ".join(sorted({f"{day:%d/%m/%Y}" for day in self.held}))
            said += f" {len(self.held)} titulares do pedido são guardados por lei, até {until}, e não foram eliminados."
        versions = "não se sabe" if self.scan.old_versions is None else self.scan.old_versions
        sections = [
            Section("Resultado", said),
            Section(
                "Varredura",
                f"{sum(files.values())} arquivos, {sum(self.scan.bytes.values()) / 1e6:.0f} MB, "
                "cada um lido até o fim. "
                f"Não decodificados: {len(self.scan.undecoded)} (cada um é uma falha). Imagens, de cujos pontos nenhum "
                f"texto se lê: {self.scan.pictures}. Versões anteriores no bucket: {versions}.",
                ("lugar", "arquivos lidos", "com o titular", "aceitos"),
                rows,
            ),
            Section(
                "Linhas removidas",
                f"{sum(self.rows.values())} linhas de {len(self.rows)} tabelas"
                + (f", dos {self.together} pedidos atendidos juntos" if self.together > 1 else "")
                + ". Agregados ficam: não nomeiam ninguém.",
                ("tabela", "linhas"),
                [(name, str(count)) for name, count in sorted(self.rows.items())],
            ),
            _places("Lugares que restam", self.open),
            _places("Lugares aceitos", self.accepted),
            Section(
                "Não decodificados",
                "" if self.scan.undecoded else "Nenhum.",
                ("arquivo", "motivo"),
                self.scan.undecoded,
            ),
            Section("O que a empresa ainda deve fazer", "\n".join(OWNER_MUST)),
        ]
        facts = (
            ("Pedido", self.reference),
            ("Recebido em", ", ".join(sorted({f"{day:%d/%m/%Y}" for day in self.requested_on}))),
            ("Varredura", f"{self.at:%d/%m/%Y %H:%M:%S} UTC"),
            ("Execução", self.run),
            ("Titulares desconhecidos", str(self.unknown)),
            ("Códigos (HMAC)", ", ".join(each[:16] for each in self.hmacs)),
            ("Chave", self.key_id),
            ("Resumo SHA-256", self.as_dict()["digest"]),
        )
        about = f"Domínio {self.domain}. Este documento não contém o código do titular."
        return html(Page("Prova de eliminação", about, sections, facts=facts, in_order=True))

    def write(self, lake: str, mode: int) -> str:
        """Puts both files into the published folder of the domain; returns the place of the JSON."""
        text = json.dumps(self.as_dict(), indent=2, ensure_ascii=False) + "\n"
        place = f"{lake.rstrip('/')}/{self.domain}/{FOR_PEOPLE}/{PROOFS}"
        for ending, content in ((".html", self.page()), (".json", text)):
            _put(f"{place}/{self.reference}{ending}", content.encode(), mode)
        return f"{place}/{self.reference}.json"


def read_proof(lake: str, domain: str, reference: str) -> dict[str, Any] | None:
    """The proof of a reference; None where there is none."""
    place = f"{lake.rstrip('/')}/{domain}/{FOR_PEOPLE}/{PROOFS}/{reference}.json"
    try:
        text = s3_filesystem().cat_file(place) if is_s3(place) else Path(place).read_bytes()
    except FileNotFoundError:
        return None
    return dict(json.loads(text))


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


def _places(heading: str, left: Sequence[Left]) -> Section:
    rows = [
        (KINDS[each.kind], each.place, each.where.replace("line ", "linha "), each.context, str(each.times))
        for each in left
    ]
    return Section(heading, "" if rows else "Nenhum.", ("tipo", "arquivo", "onde", "em volta", "vezes"), rows)


def _put(place: str, content: bytes, mode: int) -> None:
    if is_s3(place):
        s3_filesystem().pipe_file(place, content)
        return
    path = Path(place)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(mode_of_folder(mode))
    part = path.with_name(f".{path.name}.part")
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.chmod(mode)
    part.replace(path)
