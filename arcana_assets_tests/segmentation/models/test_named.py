"""Names of a model's segments: by all that is known of the customers, and which segments share one."""

from dataclasses import asdict

import numpy as np
import pandas as pd

from arcana_assets.domain.settings.personas import Personas
from arcana_assets.domain.settings.segmentation import Segmentation
from arcana_assets.segmentation.models.fitting import fit_segmentation
from arcana_assets.segmentation.models.named import named, personas_of, same_names
from arcana_assets.segmentation.personas.persona import Persona

FEATURES = ["frequency", "monetary"]
RULES = Personas.model_validate(
    {
        "rules": [
            {"name": "Novos", "when": {"tenure_months": {"mean_at_most": 2}}},
            {"name": "Antigos de {level} Valor"},
        ],
        "levels": ["Baixo", "Alto"],
    }
)
THREE = ((40, 20_000, 20), (8, 800, 1), (1, 20, 20))  # frequency, value, months since the first order


def customers(*groups, size=60):
    draw = np.random.default_rng(3)
    rows = np.vstack([np.array(group) * draw.lognormal(0, 0.15, (size, 3)) for group in groups])
    ids = [f"C{number:04d}" for number in range(len(rows))]
    return pd.DataFrame(rows, columns=[*FEATURES, "tenure_months"]).assign(customer_id=ids)


def model():
    return fit_segmentation(customers(*THREE), Segmentation(name="value", features=FEATURES, k=(3, 3)))


def test_conditions_may_look_at_what_the_clustering_does_not():
    called, events = named(model(), customers(*THREE), RULES, "Receita")
    assert "tenure_months" not in called.features
    assert [row["persona"] for row in called.personas] == [
        "03-Antigos de Alto Valor",
        "01-Novos",
        "02-Antigos de Baixo Valor",
    ]
    assert events == ()


def test_segments_that_share_a_name_are_told_and_each_that_is_renamed_has_its_event_with_the_reason():
    before, _ = named(model(), customers(*THREE), RULES, "Receita")
    grown = customers(*THREE[:2], (1, 20, 1))  # nobody is old and buys little any more
    called, events = named(before, grown, RULES, "Receita", personas_of(before))
    assert [row["persona"] for row in called.personas] == ["03-Antigos de Alto Valor", "01-Novos", "01-Novos"]
    assert same_names(called.personas) == [(2, 3)]
    assert same_names(before.personas) == []
    (event,) = events
    assert (event.event, event.segment_id, event.customers) == ("renamed", 3, 60)
    assert event.note.startswith(
        "02-Antigos de Baixo Valor → 01-Novos: Passou a caber em 'Novos': Antiguidade (meses): média "
    )


def test_a_segment_without_a_customer_that_never_had_a_name_is_called_by_its_id_and_the_others_by_where_they_lie():
    called, events = named(model(), customers(*THREE[:2]), RULES, "Receita")
    assert [row["persona"] for row in called.personas] == [
        "03-Antigos de Alto Valor",
        "01-Novos",
        "Segmento 3 sem clientes",
    ]
    assert events == ()


def test_each_name_that_is_shared_is_told_once():
    rows = [asdict(Persona(id_, name, None, None, None, True)) for id_, name in enumerate("abcabda", start=1)]
    assert same_names(rows) == [(1, 4, 7), (2, 5)]
