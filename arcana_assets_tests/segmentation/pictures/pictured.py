"""What the tests of pictures draw: segments, candidates, flows and customers, small enough to check by eye."""

import numpy as np
import pandas as pd

LONG = "Clientes Fiéis de Ticket Alto em R$ e US$"
PERSONAS = {1: "01-VIPs", 2: f"02-{LONG}", 3: "03-Dormentes", 0: "Não agrupados"}
TWELVE = {each: f"{each:02}-{LONG}" for each in range(1, 13)}
TITLE = "Valor, 05/2011"


def profiles(personas, customers):
    shares = np.array(customers) / max(sum(customers), 1)
    return pd.DataFrame(
        {"segment_id": list(personas), "persona": list(personas.values()), "customers": customers, "share": shares}
    )


def profiled(personas):
    """Means and lifts of two features: the first of all segments, the second with nothing known of the last."""
    table = profiles(personas, [5, 20, 74, 1])
    place = np.arange(1.0, len(table) + 1)
    unknown = np.where(place == len(table), np.nan, place)
    return table.assign(mean_a=1000 * place, lift_a=place / 2, mean_b=unknown, lift_b=unknown / 8)


def tried(**changes):
    """K-Means of k 2 to 6 with k=4 chosen, and one HDBSCAN that was refused."""
    rows = [
        {"algorithm": "kmeans", "k": k, "parameter": f"k={k}", "silhouette": s, "silhouette_error": 0.01}
        | {"inertia": i, "stability": 0.9, "admissible": k > 2, "chosen": k == 4}
        for k, s, i in zip((2, 3, 4, 5, 6), (0.6, 0.5, 0.55, 0.4, 0.3), (100.0, 60.0, 20.0, 18.0, 16.0), strict=True)
    ]
    rows.append(
        {"algorithm": "hdbscan", "k": 3, "parameter": "densidade=6 %", "silhouette": 0.2, "silhouette_error": None}
        | {"inertia": 90.0, "stability": None, "admissible": False, "chosen": False}
    )
    return pd.DataFrame(rows).assign(**changes)


def flows(*rows, personas=PERSONAS):
    names = {None: None, **personas}
    return pd.DataFrame(
        [
            {"from_segment_id": a, "from_persona": names[a], "to_segment_id": b, "to_persona": names[b]}
            | {"customers": customers, "value": value}
            for a, b, customers, value in rows
        ],
        columns=["from_segment_id", "from_persona", "to_segment_id", "to_persona", "customers", "value"],
    )


def customers(count=300, seed=4):
    rng = np.random.default_rng(seed)
    ids = rng.integers(1, 4, count)
    frame = pd.DataFrame(
        {
            "monetary": rng.lognormal(3 * ids, 1),
            "balance": rng.normal(0, 5, count) * 10.0**ids,
            "has_contract": (rng.random(count) < 0.5).astype(float),
            "nps": np.where(ids == 2, np.nan, rng.normal(ids, 1)),
        }
    )
    return frame, pd.Series(ids)
