"""Personas: whether rules name the four groups of planted shops as a person would, and names stay while shops do not.

A shop has customers of four kinds by recency, frequency and value, each kind with a size, medians and spreads of its
own; K-Means finds four segments of them in the platform's space. Twelve months later customers are other draws of the
same kinds. The other side ranks the same segments by their mean value each month.
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
    """Two sides: the platform's names, kept over months, and a rank by mean value."""
    arguments = {"worlds": 4 if options.quick else 100, "customers": 400 if options.quick else 2_000}
    sides = [
        Side(name, f"{__name__}:{function}", arguments) for name, function in (("kept", "kept"), ("ranked", "ranked"))
    ]
    return Outcome(
        turn_by_turn(sides, options.times(1)),
        [Ratio("segments renamed, kept / ranked", "kept", "ranked", unit="renamed")],
        limits=[
            Limit("planted shops with a segment named otherwise than planted, percent", "kept", 0, unit="misnamed"),
            Limit("segments renamed in a month in which nothing happened, percent", "kept", 0.5, unit="renamed"),
        ],
    )


def kept(folder: Path, worlds: int, customers: int) -> dict[str, Any]:
    """By the rules, with the personas of the month before."""
    from arcana_assets.domain.personas import Personas

    return _named(Personas.model_validate(SETTINGS), worlds, customers, True)


def ranked(folder: Path, worlds: int, customers: int) -> dict[str, Any]:
    """By order of the mean value, each month anew."""
    from arcana_assets.domain.personas import Personas

    return _named(Personas(), worlds, customers, False)


def _named(settings: Any, worlds: int, customers: int, keep: bool) -> dict[str, Any]:
    """Percent of shops `misnamed` in their first month, and of segments `renamed` from one month to the next."""
    import numpy as np
    import pandas as pd
    from sklearn.cluster import KMeans

    from arcana_assets.ml.personas import name_segments, positions
    from arcana_assets.ml.preprocessing import Preprocessing

    misnamed, renamed, segments, unsure = 0, 0, 0, 0
    with timed() as clock:
        for world in range(worlds):
            draw = np.random.default_rng(FIRST_WORLD + world)
            kinds = [[draw.uniform(*limits) for limits in kind] for kind in KINDS.values()]
            shares, spread = np.array([kind[0] for kind in kinds]), draw.uniform(0.25, 0.5)
            before, model = None, None
            for _ in range(MONTHS):
                kind = draw.choice(len(kinds), customers, p=shares / shares.sum())
                medians = np.array([each[1:] for each in kinds])[kind]
                frame = pd.DataFrame(medians * draw.lognormal(0, spread, (customers, 3)), columns=FEATURES)
                if model is None:
                    space = Preprocessing.fit(frame, FEATURES)
                    model = KMeans(n_clusters=4, n_init=10, random_state=7).fit(space.points(frame))
                found = pd.Series(model.predict(space.points(frame)) + 1)
                table = positions(frame, found, FEATURES)
                personas, _ = name_segments(table, settings, "monetary", "Receita", before if keep and before else ())
                names = {each.segment_id: each.persona for each in personas}
                if before is None:
                    most = {s: list(KINDS)[np.bincount(kind[found == s], minlength=4).argmax()] for s in names}
                    misnamed += names != most
                    unsure += sum(not each.confident for each in personas)
                else:
                    last = {each.segment_id: each.persona for each in before}
                    renamed += sum(last[each] != name for each, name in names.items() if each in last)
                    segments += len(names)
                before = personas
    shares_of = {"misnamed": 100 * misnamed / worlds, "renamed": 100 * renamed / segments}
    return {**vars(clock), **shares_of, "unsure": 100 * unsure / (4 * worlds), "worlds": worlds}
