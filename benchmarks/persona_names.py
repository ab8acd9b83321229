"""Personas: whether the shipped rules name the six kinds of planted shops as a person would, and names stay.

A shop has customers of six kinds by recency, frequency, value and the months since their first order, each kind with a
size, medians and spreads of its own; K-Means finds six segments of the first three in the platform's space. In each of
twelve months customers are other draws of the same kinds. A second side leaves the number of segments to the platform;
a third names the six anew each month.
"""

from pathlib import Path
from typing import Any

from benchmarks.measure import Limit, Options, Outcome, Ratio, Side, timed, turn_by_turn

FEATURES = ["recency_days", "frequency", "monetary"]
LOOKED_AT = [*FEATURES, "tenure_months"]  # by the rules
MONTHS = 12
FIRST_WORLD = 60_000  # none of these worlds was looked at while the rules were written
KINDS = {  # ranges of share, and of the medians of recency, orders, value and months since the first order
    "03-VIPs/Alta Receita": ((0.04, 0.08), (5, 15), (10, 20), (6_000, 12_000), (8, 24)),
    "02-Frequentes de Medio Valor": ((0.18, 0.26), (8, 25), (8, 12), (1_000, 1_800), (8, 24)),
    "01-Frequentes de Baixo Valor": ((0.22, 0.3), (8, 25), (8, 12), (250, 450), (8, 24)),
    "04-Risco churn": ((0.12, 0.2), (105, 150), (3, 6), (300, 700), (8, 24)),
    "05-Novos": ((0.08, 0.14), (5, 20), (1, 1.6), (50, 120), (0.1, 0.8)),
    "06-Ocasionais": ((0.12, 0.2), (80, 150), (1, 1.6), (40, 100), (3, 8)),
}


def measure(options: Options) -> Outcome:
    """Three sides: the platform's names, kept over months; the same where it finds k; and names given anew."""
    arguments = {"worlds": 4 if options.quick else 100, "customers": 400 if options.quick else 2_000}
    sides = [Side(name.replace("_", " "), f"{__name__}:{name}", arguments) for name in ("kept", "k_found", "anew")]
    return Outcome(
        turn_by_turn(sides, options.times(1)),
        [
            Ratio("planted shops with all names right, k found / k given", "k found", "kept", unit="agreement"),
        ],
        limits=[
            Limit("planted shops with a segment named otherwise than planted, percent", "kept", 2, unit="misnamed"),
            Limit("segments renamed in a month in which nothing happened, percent", "kept", 0.5, unit="renamed"),
        ],
    )


def kept(folder: Path, worlds: int, customers: int) -> dict[str, Any]:
    """By the rules, with the personas of the month before."""
    return _named(worlds, customers, True)


def anew(folder: Path, worlds: int, customers: int) -> dict[str, Any]:
    """By the rules, each month by itself."""
    return _named(worlds, customers, False)


def k_found(folder: Path, worlds: int, customers: int) -> dict[str, Any]:
    """By the rules, the segments those of the platform's own fit: percent of shops whose names are in `agreement`.

    A shop with `another_k` than six is not, whatever its names. `otherwise` is the percent of customers whose segment
    has not the name of their kind, `shared` that of shops in which two segments have one name.
    """
    import numpy as np

    from arcana_assets.domain.settings.segmentation import Segmentation
    from arcana_assets.segmentation.models.fitting import fit_segmentation
    from arcana_assets.segmentation.personas.naming import name_segments
    from arcana_assets.segmentation.personas.positions import positions

    settings = Segmentation(name="value", features=FEATURES, personas=_rules())
    misnamed, another_k, shared, otherwise, found_k = 0, 0, 0, list[float](), list[int]()
    with timed() as clock:
        for world in range(worlds):
            draw, shares, medians, spread = _shop(world)
            kind, frame = _month(draw, shares, medians, spread, customers)
            frame = frame.assign(customer_id=[f"C{number:05d}" for number in range(customers)])
            found = fit_segmentation(frame, settings).assign(frame)["segment_id"]
            table = positions(frame, found, LOOKED_AT)
            personas, _ = name_segments(table, _rules(), "monetary", "Receita")
            names = {each.segment_id: each.persona for each in personas}
            misnamed += names != _planted(kind, found, list(names)) or len(names) != len(KINDS)
            another_k += len(names) != len(KINDS)
            shared += len(set(names.values())) < len(names)
            found_k.append(len(names))
            truth = np.array(list(KINDS))[kind]
            otherwise.append(float((found.map(names).to_numpy() != truth).mean()))
    shares_of = {"agreement": 100 - 100 * misnamed / worlds, "another_k": 100 * another_k / worlds}
    shares_of["shared"] = 100 * shared / worlds
    return {**vars(clock), **shares_of, "otherwise": 100 * float(np.mean(otherwise)), "k": found_k, "worlds": worlds}


def _rules() -> Any:
    """The rules of the shipped domain."""
    from arcana_assets.definitions import DEFS
    from arcana_assets.domain.folder import load_domain

    return next(each.personas for each in load_domain(DEFS / "retail").segmentations if each.name == "value")


def _named(worlds: int, customers: int, keep: bool) -> dict[str, Any]:
    """Percent of shops `misnamed` in their first month, and of segments `renamed` from one month to the next."""
    import pandas as pd
    from sklearn.cluster import KMeans

    from arcana_assets.segmentation.clustering.preprocessing import Preprocessing
    from arcana_assets.segmentation.personas.naming import name_segments
    from arcana_assets.segmentation.personas.positions import positions

    misnamed, renamed, segments, unsure, settings = 0, 0, 0, 0, _rules()
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
                table = positions(frame, found, LOOKED_AT)
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
    return draw, kinds[:, 0] / kinds[:, 0].sum(), kinds[:, 1:], draw.uniform(0.2, 0.4)


def _month(draw: Any, shares: Any, medians: Any, spread: float, customers: int) -> tuple[Any, Any]:
    """The kind of each customer, and their features."""
    import pandas as pd

    kind = draw.choice(len(KINDS), customers, p=shares)
    return kind, pd.DataFrame(medians[kind] * draw.lognormal(0, spread, medians[kind].shape), columns=LOOKED_AT)


def _planted(kind: Any, found: Any, segments: list[int]) -> dict[int, str]:
    """The name of the kind of most customers of each segment."""
    import numpy as np

    return {s: list(KINDS)[np.bincount(kind[found == s], minlength=len(KINDS)).argmax()] for s in segments}
