"""Tables of a source: its raw rows in bronze, its typed rows in silver, its refused rows in quarantine.

Belongs here: what each of them says of itself, from the contract. Does not belong here: what a contract may say
(`domain.contract`), computing them (`conform`, `files`).
"""

from arcana_assets.domain.column import CUSTOMER, MONTH, Column, columns
from arcana_assets.domain.contract.columns import raw_name
from arcana_assets.domain.contract.contract import Contract
from arcana_assets.domain.entities.entity import EntityColumn
from arcana_assets.tables.table import Table

_RAW = Column("<column>", "text", "As it came")
_MALFORMED = (
    ("_malformed", "text", "Why the line is no row; null for rows"),
    ("_text", "text", "The line as it came, where it is no row"),
)
_PROVENANCE = (
    ("_file", "text", "The file, relative to the landing of the domain"),
    ("_file_sha256", "text", "Hash of the file's content"),
    ("_line", "integer", "Line of the file, where the reader knows it"),
)


def bronze_table(contract: Contract) -> Table:
    """Every row of a source as it came."""
    return Table(
        "bronze",
        "bronze",
        contract.name,
        f"{contract.description}: every row as it came, all columns as text, with file, content hash and line where "
        "known.",
        "a line of a file",
        (),
        columns(*_raw(contract), *_MALFORMED, *_PROVENANCE, MONTH, _RAW),
    )


def silver_table(contract: Contract) -> Table:
    """The typed rows of a source, in the columns of its entity; their key is that of the contract, where it has one."""
    entity = contract.schema_
    typed = [
        Column(
            *(each.name, each.type, each.description, each.unit),
            required=each.required,
            holds_customers=each.holds_customers,
        )
        for each in entity.columns
    ]
    return Table(
        "silver",
        "silver",
        contract.name,
        f"{entity.name.capitalize()}, typed and checked.",
        entity.grain,
        (*contract.key, MONTH.name) if contract.key else (),
        columns(MONTH, *typed),
    )


def quarantine_table(contract: Contract) -> Table:
    """The refused rows of a source as they came."""
    return Table(
        "quarantine",
        "silver",
        contract.name,
        f"Refused rows of {contract.name} as they came, with the list of reasons in `_reasons`.",
        "a refused line, once however often it was delivered",
        (),
        columns(
            MONTH,
            ("_reasons", "texts", "Why the row was refused, each rule in a sentence"),
            *_raw(contract),
            *_PROVENANCE,
            _RAW,
        ),
    )


def _raw(contract: Contract) -> list[Column]:
    """The columns of the source that the contract speaks of, with those that tell whose a row is among them."""
    holding = {contract.mapped[each.name].from_ for each in holding_columns(contract)}
    return [
        Column(raw_name(name), "text", "As it came", holds_customers=name in holding) for name in contract.raw_columns
    ]


def holding_columns(contract: Contract) -> list[EntityColumn]:
    """The columns of the entity that tell whose a row is, of those that the contract maps, the customer first."""
    mapped = [each for each in contract.schema_.columns if each.holds_customers and each.name in contract.mapped]
    return sorted(mapped, key=lambda each: each.name != CUSTOMER.name)
