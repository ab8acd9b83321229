"""Blocks: a base of more customers than are held at once, each block in files of this machine while it is worked on.

All that is learned of a base reads its customers several times: from the lake once, as ids, and then as the small
matrices that they come to. Belongs here: how blocks wait, and what is counted while they come. Does not belong here:
where a block begins and ends (`engine.blocks`, `assets.inputs`), what is made of a base (`base`).
"""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from arcana_assets.recommendations.base.counts import Base
from arcana_assets.recommendations.interactions import Interactions, Known

_MATRICES = ("owned", "recent")


def base_of(parts: Iterable[Known], items: np.ndarray, folder: Path, least: int) -> tuple[Base, pd.Series]:
    """The base that blocks of customers come to, and the names of its items; blocks wait in an empty folder.

    Takes the blocks in the order of their customers, and all items that anybody has, in order. `least`: see `Base`.
    """
    sums, customers, number, names = dict[str, list[np.ndarray]](), 0, 0, pd.Series(dtype="str")
    for number, part in enumerate(parts, start=1):
        block = part.interactions(items=items)
        _put(block, folder, number)
        labels, _ = block.parted()
        counted = [*(block.by_segment(getattr(block, each))[0] for each in _MATRICES), block.by_segment(block.owned)[1]]
        for place, label in enumerate(labels):
            mine = [each[place] for each in counted]
            sums[label] = [a + b for a, b in zip(sums[label], mine, strict=True)] if label in sums else mine
        customers += len(block.customers)
        names = pd.concat([names, part.names[~part.names.index.isin(names.index)]])
    ordered, width = sorted(sums), len(items)
    owned, recent = (
        np.array([sums[label][which] for label in ordered], dtype="int64").reshape(len(ordered), width)
        for which in range(len(_MATRICES))
    )

    def blocks() -> Iterator[Interactions]:
        for each in range(1, number + 1):
            yield _taken(base, folder, each)

    sizes = np.array([sums[label][-1] for label in ordered], dtype="int64")
    base = Base(items, np.array(ordered, dtype=str), customers, owned, recent, sizes, blocks, folder, least)
    return base, names


def digest_of_base(base: Base) -> str:
    """SHA-256 of who has what, and is in which segment; the same base, the same digest."""
    found = hashlib.sha256("\0".join([*base.items, *base.labels]).encode())
    for block in base.blocks():
        for values in (block.customers, block.segments):
            found.update("\0".join(values).encode())
        for matrix in (block.owned, block.recent):
            found.update(matrix.indptr.tobytes() + matrix.indices.tobytes())
    return found.hexdigest()


def _put(block: Interactions, folder: Path, number: int) -> None:
    for name in _MATRICES:
        matrix = getattr(block, name)
        np.save(folder / f"{number}-{name}-of.npy", matrix.indptr.astype("int64"))
        np.save(folder / f"{number}-{name}.npy", matrix.indices.astype("int32"))
    ids = pa.table({name: pa.array(getattr(block, name), pa.string()) for name in ("customers", "segments")})
    with pa.OSFile(str(folder / f"{number}-ids.arrow"), "wb") as file, pa.ipc.new_file(file, ids.schema) as writer:
        writer.write_table(ids)


def _taken(base: Base, folder: Path, number: int) -> Interactions:
    from scipy.sparse import csr_array

    with pa.OSFile(str(folder / f"{number}-ids.arrow")) as file:
        ids = pa.ipc.open_file(file).read_all()
    customers, segments = (ids[name].to_numpy() for name in ("customers", "segments"))
    matrices = dict[str, csr_array]()
    for name in _MATRICES:
        starts, columns = (np.load(folder / f"{number}-{name}{of}.npy", allow_pickle=False) for of in ("-of", ""))
        ones = np.ones(len(columns), dtype="int64")
        matrices[name] = csr_array((ones, columns, starts), shape=(len(customers), len(base.items)))
    return Interactions(customers, base.items, **matrices, segments=segments, everybody=base)
