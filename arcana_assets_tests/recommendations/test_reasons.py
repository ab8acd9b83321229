"""The sentence of a recommendation says no more than was counted."""

import numpy as np
import pandas as pd
import pytest

from arcana_assets.presentation.language import language_of
from arcana_assets.recommendations.reasons import _Told, popularity, reasons

PORTUGUESE = language_of()

CONTRACTED, BOUGHT = None, 6  # the lookback


def told(lookback=CONTRACTED, **found):
    """The reason by 312 of 380 who own the antecedent in a segment of 1,084, 3.1 times as many as of all."""
    defaults = {
        "item_name": "Folha",
        "antecedent_name": "Fiscal",
        "evidence_in": "segmento",
        "support": 312,
        "antecedent_owners": 380,
        "lift": 3.1,
        "segment": "01-Alta Receita",
        "buyers": 412,
        "segment_customers": 1084,
        "base_owners": 600,
        "base_customers": 4000,
    }
    (reason,) = reasons(PORTUGUESE, pd.DataFrame([defaults | found]), lookback)
    return reason


def test_the_reason_is_a_sentence_a_brazilian_seller_can_read():
    assert told() == (
        "82 % dos clientes de perfil semelhante que têm Fiscal também têm Folha (312 clientes; 3,1 vezes a média)."
    )
    assert told(BOUGHT, evidence_in="base", support=1312, antecedent_owners=2624, lift=2.0) == (
        "50 % dos clientes que compraram Fiscal também compraram Folha (1.312 clientes; 2,0 vezes a média)."
    )
    assert told(support=1, antecedent_owners=1).startswith("100 % dos clientes de perfil semelhante que têm")
    assert "(1 cliente; " in told(support=1, antecedent_owners=1)


@pytest.mark.parametrize("lift", [0.8, 1.0, 1.04])
def test_a_lift_that_is_none_is_not_claimed(lift):
    assert told(lift=lift).endswith("também têm Folha (312 clientes).")


def test_without_an_antecedent_the_reason_says_less():
    none = {"antecedent_name": None, "evidence_in": "", "support": 0, "antecedent_owners": 0, "lift": np.nan}
    assert told(BOUGHT, **none) == (
        "Comprado por 38 % dos clientes do segmento «01-Alta Receita» nos últimos 6 meses (412 de 1.084)."
    )
    # Nobody of the segment got it lately: what is known is who ever did.
    assert told(BOUGHT, **none, buyers=0) == "Comprado por 15 % dos clientes da base (600 de 4.000)."
    assert told(**none, segment="", buyers=0) == "Contratado por 15 % dos clientes da base (600 de 4.000)."


@pytest.mark.parametrize(
    ("buyers", "customers", "months", "sentence"),
    [
        (412, 1084, 6, "Comprado por 38 % dos clientes do segmento «S» nos últimos 6 meses (412 de 1.084)."),
        (1, 2, 1, "Comprado por 50 % dos clientes do segmento «S» no último mês (1 de 2)."),
        (1, 900, 3, "Comprado por menos de 1 % dos clientes do segmento «S» nos últimos 3 meses (1 de 900)."),
        (899, 900, 3, "Comprado por mais de 99 % dos clientes do segmento «S» nos últimos 3 meses (899 de 900)."),
        (900, 900, None, "Comprado por 100 % dos clientes do segmento «S» (900 de 900)."),
    ],
)
def test_a_share_is_neither_none_nor_all_unless_it_is(buyers, customers, months, sentence):
    assert popularity(PORTUGUESE, buyers, customers, "S", "bought", months) == sentence


def test_there_is_a_reason_a_line_and_none_without_lines():
    lines = pd.DataFrame([dict.fromkeys(_Told._fields, 1) | {"segment": "S", "evidence_in": ""}] * 2)
    sentence = "Comprado por 100 % dos clientes do segmento «S» nos últimos 6 meses (1 de 1)."
    assert reasons(PORTUGUESE, lines, BOUGHT) == [sentence, sentence]
    assert reasons(PORTUGUESE, lines.iloc[:0], BOUGHT) == []
