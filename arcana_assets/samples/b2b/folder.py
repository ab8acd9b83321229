"""A landing drop of an invented software company, in the layout and with the dirt of the real one, and its truth.

Belongs here: the drop as a whole. Does not belong here: its layout (`layout`), its customers (`customers`) and
what each file says of them (`contracts`, `proposals`, `mrr`, `surveys`, `tickets`,
`telemetry`).
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from arcana_assets.samples.b2b.contracts import (
    PLACEHOLDER,
    Contracts,
    contract_lines,
    make_contracts,
    of_the_year_lines,
    since_lines,
)
from arcana_assets.samples.b2b.coverage import make_coverage
from arcana_assets.samples.b2b.csv import write_csv
from arcana_assets.samples.b2b.customers import GROUPS, PERSONAS, People, make_people
from arcana_assets.samples.b2b.events import Spelling, Told, orphan_rows, rows_of
from arcana_assets.samples.b2b.layout import FILES, SURVEYS, TELEMETRY_FILES, WORKBOOK, Flags, Sizes, month_start
from arcana_assets.samples.b2b.mrr import make_revenue, revenue_lines_of_the_year, write_workbook
from arcana_assets.samples.b2b.ownership import AFFINITIES, make_ownership
from arcana_assets.samples.b2b.proposals import proposal_lines
from arcana_assets.samples.b2b.surveys import write_product, write_relational, write_transactional
from arcana_assets.samples.b2b.telemetry import Telemetry
from arcana_assets.samples.b2b.tickets import write_support, write_tickets
from arcana_assets.samples.b2b.words import product_lines

SMALLEST, LARGEST = 0.01, 3.0


@dataclass(frozen=True)
class B2bDrop:
    """What was written and what is true about it. Customers are named by their key as the master spells it."""

    folder: Path
    files: list[Path]
    rows: dict[str, int]
    """Rows of each file, without header; for the workbook those of the sheet `MRR`."""
    groups: dict[str, str]
    """Every customer -> one of `GROUPS`, which differ in product lines, MRR and its growth, mood, support and usage."""
    personas: dict[str, dict[str, str]]
    """Segmentation -> customer -> what a segment of their group would be called. One grouping is planted; it is that of
    the segmentations that see products (`produtos`, `perfil`), for the others look at a part of it."""
    coverage: dict[str, frozenset[str]]
    """Source -> customers that it knows, for the six partial sources of the overlap."""
    lines: list[str]
    """Product lines, as they stand in surveys and in the workbook; DS_LIN_REC adds ` - LICENCA` or ` - MANUTENCAO`."""
    affinities: list[tuple[str, str]]
    """(A, B) product lines: an owner of A signs for B within six months with a chance of 0.7; others rarely own B."""
    churned: dict[str, date]
    """Customers who left -> first day of the month they left in: no MRR from then on, no active contract."""
    at_risk: dict[str, date]
    """Customers who will leave after the period -> first day of that month; mood and usage fall already."""
    duplicates: dict[str, int]
    """Rows of each file that equal an earlier row of the same file."""
    orphans: dict[str, int]
    """Rows of each event file whose key is in no master row, those without any key left out."""
    dirt: dict[str, int]
    """Counts over the files as written, duplicates included:

    placeholder_prices, negative_contracts, contracts_without_status: rows of `dados_clientes.csv`; products: distinct
    DS_PROD as written; padded_products, products_with_comma, products_with_quote: of those; padded_keys: rows of all
    files whose key has blanks around; numeric_keys, alphabetic_keys: master keys other than `T` and five signs;
    lower_case_keys: rows of `nps_relacional.csv`; updated_tickets: ids with two differing rows;
    tickets_without_priority, surveys_without_customer, surveys_on_unknown_tickets; bonus_sentinels,
    fractional_quantities, negative_proposals: rows of `historico.csv`; zero_durations, negative_durations: rows of
    telemetry; bare_serials: rows of the workbook whose month is a number and no date cell.
    """


def write_b2b_drop(
    folder: Path,
    scale: float = 0.02,
    seed: int = 7,
    progress: Callable[[int, int], None] | None = None,
) -> B2bDrop:
    """Write the files of `layout.FILES` into `folder`.

    Scale 1 is the size of the real drop (10,615 customers, 32 million rows, 2 GB). The same arguments give the same
    bytes. Files of the same name are replaced, each at once; other files of the folder stay. `progress` gets (files
    written, files).

    Above a scale of about 2 the workbook tells MRR by two product lines a customer instead of three, so that it fits
    into one sheet; the sum of a customer stays.

    Raises ValueError for a scale outside of 0.01 to 3, a negative seed, or a folder that is a file.
    """
    _refuse_bad_arguments(folder, scale, seed)
    return _Maker(folder, Sizes(scale), seed, progress).drop()


def _refuse_bad_arguments(folder: Path, scale: float, seed: int) -> None:
    if not SMALLEST <= scale <= LARGEST:
        raise ValueError(f"scale: expected {SMALLEST} to {LARGEST:g}; found {scale}")
    if seed < 0:
        raise ValueError(f"seed: expected 0 or more; found {seed}")
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"folder: expected a folder, or a path where one can be made; found a file at {folder}")


class _Maker:
    """Makes the company, then its files one after the other; each part draws from a stream of its own."""

    def __init__(self, folder: Path, sizes: Sizes, seed: int, progress: Callable[[int, int], None] | None) -> None:
        self.folder, self.sizes, self.seed, self.progress = folder, sizes, seed, progress
        self.told: dict[str, Told] = {}
        self.streams = 0
        self.people: People = make_people(self._stream(), sizes.customers)
        self.owned = make_ownership(self._stream(), self.people)
        self.coverage = make_coverage(self._stream(), self.people, sizes, self.owned.signed_lately(len(self.people)))
        self.lines = product_lines(self._stream())

    def _stream(self) -> np.random.Generator:
        self.streams += 1
        return np.random.Generator(np.random.PCG64([self.seed, self.streams]))

    def _wrote(self, name: str, told: Told) -> None:
        self.told[name] = told
        if self.progress is not None:
            self.progress(len(self.told), len(FILES))

    def _master(self, name: str, lines: pa.Array, dirt: dict[str, int] | None = None, orphans: int = 0) -> None:
        write_csv(self.folder, name, [lines])
        self._wrote(name, Told(len(lines), 0, orphans, dirt or {}))

    def drop(self) -> B2bDrop:
        people, sizes, coverage = self.people, self.sizes, self.coverage
        contracts = self._contracts()
        self._master("clientes_desde.csv", since_lines(self._stream(), people))
        signed = of_the_year_lines(self._stream(), contracts, coverage["contratacoes"], people)
        self._master("contratacoes_ultimos_12_meses.csv", signed)
        self._proposals()
        self._revenue()
        known = np.unique(np.concatenate(list(coverage.values())))
        self._wrote(
            "nps_relacional.csv",
            write_relational(self._stream(), self.folder, people, coverage["nps_relacional"], sizes),
        )
        for name in SURVEYS[:3]:
            told = write_transactional(self._stream(), self.folder, name, people, known, sizes)
            self._wrote(f"nps_transacional_{name}.csv", told)
        told = write_product(self._stream(), self.folder, people, known, contracts, self.lines, sizes)
        self._wrote("nps_transacional_produto.csv", told)
        told, tickets = write_tickets(self._stream(), self.folder, people, coverage["tickets"], sizes)
        self._wrote("tickets.csv", told)
        told = write_support(self._stream(), self.folder, people, tickets, sizes)
        self._wrote("nps_transacional_suporte.csv", told)
        telemetry = Telemetry(self._stream(), people, self.owned, coverage["telemetria"], sizes)
        for file in range(TELEMETRY_FILES):
            self._wrote(f"telemetria_{file + 1}.csv", telemetry.write(self._stream(), self.folder, file))
        return self._truth()

    def _contracts(self) -> Contracts:
        contracts = make_contracts(self._stream(), self.people, self.owned, self.lines, self.sizes)
        spelling = Spelling(self._stream(), self.people.keys, contracts.customer, 0.0005)
        dirt = contract_dirt(contracts) | {"padded_keys": spelling.padded()}
        lines = contract_lines(contracts, self.people, spelling.texts, spelling.numbers)
        self._master("dados_clientes.csv", lines, dirt)
        return contracts

    def _proposals(self) -> None:
        rng, rows = self._stream(), self.sizes.proposals
        orphans = orphan_rows(rng, self.people, rows)
        listed = rng.permutation(self.coverage["historico"])
        weight = np.exp(rng.normal(0, 0.8, len(listed)))
        who = np.concatenate([rows_of(rng, listed, rows - len(orphans), weight), orphans])
        spelling = Spelling(rng, self.people.keys, who)
        lines, dirt = proposal_lines(rng, self.people, who, spelling.texts, spelling.numbers, self.sizes)
        self._master("historico.csv", lines, dirt | {"padded_keys": spelling.padded()}, len(orphans))

    def _revenue(self) -> None:
        rng, people, who = self._stream(), self.people, self.coverage["mrr"]
        strangers = people.orphans[: max(1, round(len(who) * 0.01))]
        revenue = make_revenue(rng, people, self.owned, who, strangers)
        self._master("mrr.csv", revenue_lines_of_the_year(rng, revenue, people, who))
        bare = write_workbook(rng, self.folder / WORKBOOK, revenue, people.keys, self.lines)
        orphaned = int((revenue.customer >= len(people)).sum())
        self._wrote(WORKBOOK, Told(len(revenue.customer), 0, orphaned, {"bare_serials": bare}))

    def _truth(self) -> B2bDrop:
        people, told = self.people, {name: self.told[name] for name in FILES}
        dirt: Counter[str] = Counter()
        for of_file in told.values():
            dirt.update(of_file.dirt)
        masters = people.keys[: len(people)]
        named = dict(zip(masters, (PERSONAS[group] for group in people.group.tolist()), strict=True))
        dirt["numeric_keys"] = sum(key.isdigit() for key in masters)
        dirt["alphabetic_keys"] = sum(key.isalpha() for key in masters)
        return B2bDrop(
            folder=self.folder,
            files=[self.folder / name for name in FILES],
            rows={name: of_file.rows for name, of_file in told.items()},
            groups=dict(zip(masters, (GROUPS[group] for group in people.group.tolist()), strict=True)),
            personas={"produtos": named, "perfil": named},
            coverage={name: frozenset(masters[number] for number in who) for name, who in self.coverage.items()},
            lines=self.lines,
            affinities=[(self.lines[a], self.lines[b]) for a, b in AFFINITIES],
            churned=self._leaving(people.churned),
            at_risk=self._leaving(people.at_risk),
            duplicates={name: of_file.duplicates for name, of_file in told.items()},
            orphans={name: of_file.orphans for name, of_file in told.items()},
            dirt=dict(sorted(dirt.items())),
        )

    def _leaving(self, which: Flags) -> dict[str, date]:
        people = self.people
        return {people.keys[number]: month_start(int(people.left[number])) for number in np.flatnonzero(which)}


def contract_dirt(contracts: Contracts) -> dict[str, int]:
    """The dirt of `dados_clientes.csv`, by the names of `B2bDrop.dirt`."""
    texts = [contracts.names[number] for number in np.unique(contracts.product)]
    return {
        "placeholder_prices": int((contracts.value == PLACEHOLDER).sum()),
        "negative_contracts": int((contracts.value < 0).sum()),
        "contracts_without_status": int((contracts.status < 0).sum()),
        "products": len(texts),
        "padded_products": sum(text != text.strip() for text in texts),
        "products_with_comma": sum("," in text for text in texts),
        "products_with_quote": sum('"' in text for text in texts),
    }
