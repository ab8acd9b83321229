"""The words of the database: what columns of gold are called in it, in the language of its readers.

Belongs here: one dictionary for all tables, and what no identifier may be. Does not belong here: which columns a table
has (`tables`), labels of files (`publication`). Features keep the names that gold gives them, for contracts name them.
"""

import hashlib
import re
from collections.abc import Collection

from arcana_assets.domain.names import as_name

LONGEST = 63  # characters of an identifier of PostgreSQL

WORDS = {
    "month": "mes",
    "customer_id": "id_cliente",
    # segments
    "segmentation": "segmentacao",
    "segment_id": "id_segmento",
    "previous_segment_id": "id_segmento_anterior",
    "behaviour_segment_id": "id_segmento_pelo_comportamento",
    "move": "causa_da_mudanca",
    "distance": "distancia",
    "customers": "clientes",
    "share": "parcela",
    "description": "descricao",
    "typical_customers": "clientes_tipicos",
    "membership_rule": "regra",
    "membership_fidelity": "fidelidade_da_regra",
    "actions": "acoes",
    "confident": "nome_seguro",
    "form": "forma",
    "reason": "motivo",
    "event": "evento",
    "other_segment_id": "id_outro_segmento",
    "note": "nota",
    "from_segment_id": "de_id_segmento",
    "from_persona": "de_persona",
    "to_segment_id": "para_id_segmento",
    "to_persona": "para_persona",
    "value": "valor",
    "by_behaviour": "por_comportamento",
    "by_model": "por_modelo",
    # recommendations
    "rank": "posicao",
    "item_id": "id_item",
    "item_name": "item",
    "score": "pontuacao",
    "recommender": "recomendador",
    "segment": "persona",
    "buyers": "compradores",
    "segment_customers": "clientes_da_persona",
    "antecedent_item": "id_item_antecedente",
    "antecedent_name": "item_antecedente",
    "evidence_in": "evidencia_em",
    "support": "suporte",
    "antecedent_owners": "donos_do_antecedente",
    "confidence": "confianca",
    "probability": "probabilidade",
    "ticket": "valor_medio",
    "expected_value": "valor_esperado",
    "made_on": "feita_em",
    "owners": "donos",
    "penetration": "penetracao",
    "may_buy": "clientes_elegiveis",
    "potential": "potencial",
    "recommended_to": "recomendado_a",
    # loyalty
    "programme": "programa",
    "state": "situacao",
    "since": "desde",
    "member_since": "membro_desde",
    "months_short": "meses_abaixo",
    "change": "mudanca",
    "revenue": "receita",
    "gap": "falta",
    "lacking": "o_que_falta",
    "eligible": "elegiveis",
    "members": "membros",
    "entered": "entraram",
    "left": "sairam",
    "at_risk": "em_risco",
    "candidates": "candidatos",
    "members_revenue": "receita_dos_membros",
    "revenue_share": "parcela_da_receita",
    "precision": "precisao",
    "recall": "cobertura",
    "made_in": "feita_em",
    "group": "grupo",
    "horizon": "horizonte",
    "model": "modelo",
    "forecast": "previsao",
    "low": "minimo",
    "high": "maximo",
    "serves": "em_uso",
    "hold_out_months": "meses_de_prova",
    "error": "erro",
    "bias": "vies",
    "coverage": "cobertura",
    # the profile of the data
    "layer": "camada",
    "table": "tabela",
    "column": "coluna",
    "type": "tipo",
    "identifies": "identifica_clientes",
    "rows": "linhas",
    "missing": "sem_valor",
    "blank": "em_branco",
    "distinct": "distintos",
    "minimum": "minimo",
    "median": "mediana",
    "maximum": "maximo",
    "mean": "media",
    "sd": "desvio_padrao",
    "mad": "desvio_absoluto_mediano",
    "outlying": "longe_da_mediana",
    "zero": "zeros",
    "negative": "negativos",
    "earliest": "primeiro",
    "latest": "ultimo",
    "top_values": "valores_frequentes",
    "histogram": "histograma",
}
"""From columns that gold declares to columns of the database; what is not here keeps its name."""

RESERVED = frozenset(
    re.findall(
        r"\w+",
        """
    all analyse analyze and any array as asc asymmetric authorization between binary both case cast check
    collate column concurrently constraint create cross current_date current_role current_time
    current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign
    freeze from full grant group having ilike in initially inner intersect into is isnull join lateral leading
    left like limit localtime localtimestamp natural not notnull null offset on only or order outer overlaps
    placing primary references returning right select session_user similar some symmetric system_user table
    tablesample then to trailing true union unique user using variadic verbose when where window with
    """,
    )
)
"""Words that a query must put into quotes."""


def identifier(name: str, taken: Collection[str] = ()) -> str:
    """A name that a query needs no quotes for: the name itself where it is one, else the nearest such name.

    A name longer than LONGEST, or `taken` by another column, is cut and ends in eight digits of its digest.
    """
    plain = name if re.fullmatch(r"[a-z_][a-z0-9_]*", name) else as_name(name, "coluna")
    if plain in RESERVED or plain[0].isdigit():
        plain = f"c_{plain}"
    if len(plain) > LONGEST or plain in taken:
        plain = f"{plain[: LONGEST - 9]}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    return plain
