"""Personas: whether rules name the four groups of planted shops as a person would, and names stay while shops do not.

A shop has customers of four kinds by recency, frequency and value, each kind with a size, medians and spreads of its
own; K-Means finds four segments of them in the platform's space. In each of twelve months customers are other draws of
the same kinds. A second side leaves the number of segments to the platform; a third ranks the four by their mean value
each month.
"""

from pathlib import Path
from typing import Any

from benchmarks.measure import Limit, Options, Outcome, Ratio, Side, timed, turn_by_turn

FEATURES = ["recency_days", "frequency", "monetary"]
MONTHS = 12
FIRST_WORLD = 50_000  # the limits of the levels were chosen on worlds 0 to 99
SETTINGS = {
    "level_limits": [0.4, 0.85],
    "rules": [
        {"name": "Frequentes de {level} Valor", "level_of": "monetary"},
        {"name": "VIPs/Alta Receita", "when": {"monetary": {"percentile_at_least": 0.8, "lift_at_least": 2}}},
        {"name": "Risco churn", "when": {"recency_days": {"percentile_at_least": 0.65}}},
    ],
}
KINDS = {  # ranges of share, and of the medians of recency, frequency and value
    "03-VIPs/Alta Receita": ((0.05, 0.15), (5, 15), (25, 50), (15_000, 30_000)),
    "02-Frequentes de Medio Valor": ((0.25, 0.35), (15, 30), (8, 15), (1_500, 3_000)),
    "01-Frequentes de Baixo Valor": ((0.25, 0.35), (15, 35), (4, 7), (200, 400)),
    "04-Risco churn": ((0.2, 0.3), (120, 240), (1, 3), (150, 500)),
}


def measure(options: Options) -> Outcome:
    """Three sides: the platform's names, kept over months; the same where it finds k; and a rank by mean value."""
    arguments = {"worlds": 4 if options.quick else 100, "customers": 400 if options.quick else 2_000}
    sides = [Side(name.replace("_", " "), f"{__name__}:{name}", arguments) for name in ("kept", "k_found", "ranked")]
    return Outcome(
        turn_by_turn(sides, options.times(1)),
        [
            Ratio("segments renamed, kept / ranked", "kept", "ranked", unit="renamed"),
            Ratio("planted shops with all names right, k found / k given", "k found", "kept", unit="agreement"),
        ],
        limits=[
            Limit("planted shops with a segment named otherwise than planted, percent", "kept", 0, unit="misnamed"),
            Limit("segments renamed in a month in which nothing happened, percent", "kept", 0.5, unit="renamed"),
        ],
    )


def kept(folder: Path, worlds: int, customers: int) -> dict[str, Any]:
    """By the rules, with the personas of the month before."""
    from arcana_assets.domain.settings.personas import Personas

    return _named(Personas.model_validate(SETTINGS), worlds, customers, True)


def ranked(folder: Path, worlds: int, customers: int) -> dict[str, Any]:
    """By order of the mean value, each month anew."""
    from arcana_assets.domain.settings.personas import Personas

    return _named(Personas(), worlds, customers, False)


def k_found(folder: Path, worlds: int, customers: int) -> dict[str, Any]:
    """By the rules, the segments those of the platform's own fit: percent of shops whose names are in `agreement`.

    A shop with `another_k` than four is not, whatever its names. `otherwise` is the percent of customers whose segment
    has not the name of their kind, numbers and figures of repeated names left out.
    """
    import numpy as np

    from arcana_assets.domain.settings.personas import Personas
    from arcana_assets.domain.settings.segmentation import Segmentation
    from arcana_assets.segmentation.models.fitting import fit_segmentation
    from arcana_assets.segmentation.personas.naming import name_segments
    from arcana_assets.segmentation.personas.positions import positions

    settings = Segmentation(name="value", features=FEATURES, personas=Personas.model_validate(SETTINGS))
    misnamed, another_k, otherwise, found_k = 0, 0, list[float](), list[int]()
    with timed() as clock:
        for world in range(worlds):
            draw, shares, medians, spread = _shop(world)
            kind, frame = _month(draw, shares, medians, spread, customers)
            frame = frame.assign(customer_id=[f"C{number:05d}" for number in range(customers)])
            found = fit_segmentation(frame, settings).assign(frame)["segment_id"]
            table = positions(frame, found, FEATURES)
            personas, _ = name_segments(table, Personas.model_validate(SETTINGS), "monetary", "Receita")
            names = {each.segment_id: each.persona for each in personas}
            misnamed += names != _planted(kind, found, list(names)) or len(names) != len(KINDS)
            another_k += len(names) != len(KINDS)
            found_k.append(len(names))
            plain = {each.segment_id: each.name.rstrip("0123456789 ") for each in personas}
            truth = np.array([name[3:] for name in KINDS])[kind]
            otherwise.append(float((found.map(plain).to_numpy() != truth).mean()))
    shares_of = {"agreement": 100 - 100 * misnamed / worlds, "another_k": 100 * another_k / worlds}
    return {**vars(clock), **shares_of, "otherwise": 100 * float(np.mean(otherwise)), "k": found_k, "worlds": worlds}


def _named(settings: Any, worlds: int, customers: int, keep: bool) -> dict[str, Any]:
    """Percent of shops `misnamed` in their first month, and of segments `renamed` from one month to the next."""
    import pandas as pd
    from sklearn.cluster import KMeans

    from arcana_assets.segmentation.clustering.preprocessing import Preprocessing
    from arcana_assets.segmentation.personas.naming import name_segments
    from arcana_assets.segmentation.personas.positions import positions

    misnamed, renamed, segments, unsure = 0, 0, 0, 0
    with timed() as clock:
        for world in range(worlds):
            draw, shares, medians, spread = _shop(world)
            before, model, space = None, None, None
            for _ in range(MONTHS):
                kind, frame = _month(draw, shares, medians, spread, customers)
                if model is None or space is None:
                    space = Preprocessing.fit(frame, FEATURES)
                    model = KMeans(n_clusters=len(KINDS), n_init=10, random_state=7).fit(space.points(frame))
                found = pd.Series(model.predict(space.points(frame)) + 1)
                table = positions(frame, found, FEATURES)
                personas, _ = name_segments(table, settings, "monetary", "Receita", before if keep and before else ())
                names = {each.segment_id: each.persona for each in personas}
                if before is None:
                    misnamed += names != _planted(kind, found, list(names))
                    unsure += sum(not each.confident for each in personas)
                else:
                    last = {each.segment_id: each.persona for each in before}
                    renamed += sum(last[each] != name for each, name in names.items() if each in last)
                    segments += len(names)
                before = personas
    wrong = 100 * misnamed / worlds
    shares_of = {"misnamed": wrong, "agreement": 100 - wrong, "renamed": 100 * renamed / segments}
    return {**vars(clock), **shares_of, "unsure": 100 * unsure / (len(KINDS) * worlds), "worlds": worlds}


def _shop(world: int) -> tuple[Any, Any, Any, float]:
    """The draws of a shop, the share and the medians of each kind, and the spread around these."""
    import numpy as np

    draw = np.random.default_rng(FIRST_WORLD + world)
    kinds = np.array([[draw.uniform(*limits) for limits in kind] for kind in KINDS.values()])
    return draw, kinds[:, 0] / kinds[:, 0].sum(), kinds[:, 1:], draw.uniform(0.25, 0.5)


def _month(draw: Any, shares: Any, medians: Any, spread: float, customers: int) -> tuple[Any, Any]:
    """The kind of each customer, and their features."""
    import pandas as pd

    kind = draw.choice(len(KINDS), customers, p=shares)
    return kind, pd.DataFrame(medians[kind] * draw.lognormal(0, spread, (customers, 3)), columns=FEATURES)


def _planted(kind: Any, found: Any, segments: list[int]) -> dict[int, str]:
    """The name of the kind of most customers of each segment."""
    import numpy as np

    return {s: list(KINDS)[np.bincount(kind[found == s], minlength=len(KINDS)).argmax()] for s in segments}
