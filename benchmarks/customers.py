"""Many customers: the peak memory of what is made for each of them, at two million over that at two hundred thousand.

A world of a size has three months and is made once, in a process of its own, with everything that the groups of assets
below are made of. Then each group is materialized alone, in a process of its own. `ARCANA_CUSTOMERS_WORLDS` names a
folder in which worlds are kept from one run to the next; `ARCANA_CUSTOMERS_GROUPS` the groups to measure, by their
names and commas. The engine has 512 MB unless `ARCANA_MEMORY_LIMIT` says otherwise: without a limit a small world is
below what it may take, and a large one at it.
"""

import os
import tempfile
from pathlib import Path

from benchmarks.customers_world import SEED
from benchmarks.measure import Options, Outcome, Ratio, Side, in_child, turn_by_turn

FEW, MANY, MONTHS = 200_000, 2_000_000, 3
QUICK = (500, 5_000)
FLAT = 1.3  # times the peak of a tenth of the customers
WORLDS, CHOSEN = "ARCANA_CUSTOMERS_WORLDS", "ARCANA_CUSTOMERS_GROUPS"
LIMIT = "ARCANA_MEMORY_LIMIT"

GROUPS = {
    "segmentation": (
        *("models/value", "models/categories", "gold/segments", "gold/segment_profiles", "gold/segmentation_selection"),
        *("gold/segment_events", "gold/segment_migration", "gold/feature_drift", "published/figuras_dos_segmentos"),
    ),
    "recommendations": (
        *("gold/recommendation_evaluation", "gold/recommendations", "gold/recommendations_held_out"),
        *("gold/recommendation_opportunities", "gold/recommendations_left_out"),
        *("gold/recommendation_acceptance", "gold/recommendation_lift"),
    ),
    "publications": (
        *("published/base_analitica", "published/clientes_por_segmento", "published/clientes_atipicos"),
        *("published/recomendacoes_por_cliente", "published/recomendacoes_por_segmento"),
        *("published/produtos_por_segmento", "published/resumo_dos_segmentos", "published/relatorio_de_personas"),
    ),
    "predictions": (
        *("models/volta_a_comprar", "models/proxima_compra", "models/gasto", "gold/predictions"),
        *("gold/prediction_evaluation", "gold/prediction_calibration", "gold/prediction_results"),
        *("gold/prediction_drift", "published/cartoes_dos_modelos"),
    ),
    "loyalty": (
        *("gold/loyalty_members", "gold/loyalty_conditions", "gold/loyalty_summary", "gold/loyalty_eligibility"),
        *("gold/loyalty_forecast", "gold/loyalty_forecast_results", "gold/loyalty_proof", "gold/loyalty_balance"),
        *("gold/loyalty_experiment", "gold/loyalty_actions", "gold/loyalty_report"),
        "published/relatorio_de_fidelidade",
    ),
    "outliers": ("gold/outliers",),
}
"""The assets of each group, which one run makes together; in the order in which one is made of the other."""


def measure(options: Options) -> Outcome:
    """Each group at both sizes, the smaller first: where it fails, the larger is not waited for."""
    few, many = QUICK if options.quick else (FEW, MANY)
    asked = [name for name in os.environ.get(CHOSEN, "").split(",") if name] or list(GROUPS)
    if unknown := [name for name in asked if name not in GROUPS]:
        raise ValueError(f"{CHOSEN} names {unknown[0]}; there are {', '.join(GROUPS)}")
    os.environ.setdefault(LIMIT, "512MB")
    with tempfile.TemporaryDirectory(prefix="arcana-bench-customers-") as scratch:
        worlds = Path(os.environ.get(WORLDS) or scratch)
        figures, ratios = {}, []
        for name in asked:
            sides = []
            for customers in (few, many):
                world = str(worlds / f"{customers}_customers_{MONTHS}_months")
                arguments = {"world": world, "months": MONTHS, "assets": list(GROUPS[name])}
                made = {**arguments, "customers": customers, "seed": SEED}
                found = in_child(Side("world", "benchmarks.customers_world:make_world", made))
                print(f"  {world}: {found['seconds']:.0f} s, {found['peak_mb']:.0f} MB", flush=True)
                side = f"{name}, {customers:,} customers"
                sides.append(Side(side, "benchmarks.customers_world:refresh_of", arguments))
            figures |= turn_by_turn(sides, options.times(1))
            of, to = sides[1].name, sides[0].name
            words = f"{name}: peak memory, {many:,} / {few:,} customers"
            ratios.append(Ratio(words, of, to, FLAT, unit="peak_mb"))
            ratios.append(Ratio(f"{name}: CPU, {many:,} / {few:,} customers", of, to, unit="cpu_seconds"))
    return Outcome(figures, ratios)
