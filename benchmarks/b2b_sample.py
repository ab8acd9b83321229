"""The b2b sample: a drop of the size of the real one, written from nothing by `arcana sample b2b --scale 1`.

There is no other program to compare with: the claim is that whoever wants to try the domain at full size waits two
minutes at most.
"""

from pathlib import Path
from typing import Any

from benchmarks.b2b_drop import FULL, SEED
from benchmarks.measure import Limit, Options, Outcome, Side, timed, turn_by_turn

SAMPLE, QUICK, MOST_SECONDS = "sample", 0.02, 120


def measure(options: Options) -> Outcome:
    """Each turn writes the drop into a fresh folder; every turn must write the same rows."""
    scale = QUICK if options.quick else FULL
    figures = turn_by_turn([Side(SAMPLE, f"{__name__}:written", {"scale": scale})], options.times(1))
    first, *others = figures[SAMPLE]
    for turn in others:
        assert turn["rows"] == first["rows"], f"the turns differ: {turn['rows']}, the first wrote {first['rows']}"
    return Outcome(
        figures,
        [],
        {"scale": scale, "bytes": first["bytes"]},
        [Limit("the sample of b2b at full size, written", SAMPLE, MOST_SECONDS)],
    )


def written(folder: Path, scale: float) -> dict[str, Any]:
    """The drop in a fresh folder."""
    from arcana_assets.samples.b2b.folder import write_b2b_drop

    with timed() as clock:
        drop = write_b2b_drop(folder / "b2b", scale, SEED)
    return {**vars(clock), "rows": drop.rows, "bytes": sum(path.stat().st_size for path in drop.files)}
