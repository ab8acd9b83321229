"""Segments by where they lie in the base, three ways of naming them, and names as tests read them."""

import pandas as pd

from arcana_assets.domain.settings.personas import Personas
from arcana_assets.segmentation.personas.naming import name_segments

RFV = Personas.model_validate(
    {
        "rules": [
            {"name": "Frequentes de {level} Valor", "actions": ["Programa de pontos"]},
            {"name": "VIPs/Alta Receita", "when": {"monetary": {"percentile_at_least": 0.8, "lift_at_least": 2}}},
            {"name": "Risco churn", "when": {"recency_days": {"percentile_at_least": 0.65}}},
        ],
        "actions": {"VIPs/Alta Receita": ["Gerente dedicado"], "Média Receita": ["Observar"]},
    }
)
SHARES = Personas.model_validate(
    {
        "shares": {
            "labels": {"tech": "Tech", "livros": "Livros", "alimentos": "Food"},
            "actions": {"Tech_Lovers": ["Lançamentos"]},
        }
    }
)
BY_LEVEL = Personas()


def at(segment_id, monetary=0.5, recency=0.5, lift=1.0):
    """A segment by its mean percentiles; its mean value is 1,000 times the percentile, its recency 100 days times."""
    return {
        "segment_id": segment_id,
        "mean_monetary": 1000 * monetary,
        "percentile_monetary": monetary,
        "lift_monetary": lift,
        "mean_recency_days": 100 * recency,
        "percentile_recency_days": recency,
        "lift_recency_days": 1.0,
    }


def shares(segment_id, monetary=500.0, **parts):
    """A segment by its shares, each with its lift over a base where every category has a tenth."""
    row = {"segment_id": segment_id, "mean_monetary": monetary, "percentile_monetary": 0.5}
    for name in ("alimentos", "livros", "outros", "tech"):
        row |= {f"mean_share_{name}": parts.get(name, 0.05), f"lift_share_{name}": parts.get(name, 0.05) / 0.1}
    return row


def named(rows, settings=RFV, kept=()):
    return name_segments(pd.DataFrame(rows), settings, "monetary", "Receita", kept)


def texts(personas):
    return {each.segment_id: each.persona for each in personas}


FOUR = [at(1, 0.92, 0.3, 4.0), at(2, 0.55, 0.4), at(3, 0.25, 0.4), at(4, 0.3, 0.85)]
