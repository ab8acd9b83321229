"""What the lake keeps of a domain's pseudonyms: which key they are under, and that it has any. Never the key, no code.

Belongs here: the table `<domain>/register/pseudonyms`, and refusing to mix two kinds of names. Does not belong here:
the names (`names`), the register of the erased (`erasure.register`).
"""

from datetime import UTC, datetime

import pyarrow as pa

from arcana_assets.deployment import pseudonym_key
from arcana_assets.domain.errors import ArcanaError
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.lake.errors import MissingTable
from arcana_assets.lake.lake import Lake
from arcana_assets.lake.written import never_written
from arcana_assets.pseudonyms.key import AnotherKey, NoKey, key_id
from arcana_assets.pseudonyms.names import Names

LAYER, NAME = "register", "pseudonyms"
BY_CUSTOMER = "customer_360"  # every domain beyond silver has it

SMALL = Engine(threads=1, memory_limit="256MB")  # of one row, whatever else its process does

SCHEMA = pa.schema(
    [
        pa.field("key_id", pa.string(), metadata={"comment": "which key, without telling it"}),
        pa.field("since", pa.timestamp("us", "UTC"), metadata={"comment": "when the domain began to have pseudonyms"}),
    ]
)


class MixedNames(ArcanaError):
    """Tables beyond silver call customers otherwise than the domain says now."""


def names_of(domain: str, lake: Lake) -> Names:
    """The pseudonyms of a domain. Raises NoKey, AnotherKey, DeploymentError; reads the lake only."""
    key = pseudonym_key(lake.root)
    if key is None:
        raise NoKey(domain, "it has pseudonyms beyond silver")
    known = _known(domain, lake)
    if known and known != key_id(key):
        what = "its pseudonyms were made: under two keys nobody beyond silver would be who they were"
        raise AnotherKey(domain, key_id(key), [known], what)
    return Names(domain, key)


def begin(domain: str, lake: Lake, run_id: str) -> Names:
    """As `names_of`, for who is about to write a table of the domain: the lake keeps from then on which key it is.

    Raises MixedNames where tables beyond silver were made with codes.
    """
    names = names_of(domain, lake)
    if _known(domain, lake) is None:
        if _written(lake, domain, "gold", BY_CUSTOMER):
            raise MixedNames(
                f"{domain}: its `defs.yaml` has `pseudonyms: true`, but {domain}/gold was made with the codes of "
                "customers. Nothing was read or written. Remove the folders `gold` and `models` of the domain from the "
                "lake, and refresh all of its months, or take the setting back."
            )
        rows = pa.Table.from_pylist([{"key_id": key_id(names.key), "since": datetime.now(UTC)}], schema=SCHEMA)
        lake.write((domain, LAYER, NAME), rows, None, engine=SMALL, run_id=run_id)
    return names


def refuse_left(domain: str, lake: Lake) -> None:
    """Raises MixedNames where a domain without pseudonyms has some from before."""
    if _written(lake, domain, LAYER, NAME):
        raise MixedNames(
            f"{domain}: its tables beyond silver have pseudonyms, but its `defs.yaml` has no `pseudonyms: true` any "
            "more. Nothing was read or written. Say it again; or remove the folders `gold`, `models` and "
            f"`{LAYER}/{NAME}` of the domain from the lake, and refresh all of its months."
        )


def _known(domain: str, lake: Lake) -> str | None:
    """Which key the pseudonyms in the lake are under; None where there are none yet."""
    if not _written(lake, domain, LAYER, NAME):
        return None
    [row] = SMALL.backend.to_pyarrow(lake.read((domain, LAYER, NAME), None, SMALL)).to_pylist()
    return str(row["key_id"])


def _written(lake: Lake, *key: str) -> bool:
    try:
        return not never_written(lake.open(key))
    except MissingTable:
        return False
