"""The invented vocabulary of the b2b drop: product lines and products, brands, places, trades.

Belongs here: words, made of syllables or of generic Portuguese ones by rule. Does not belong here: who has which of
them (`customers`, `contracts`).
"""

from itertools import pairwise, product

import numpy as np

from arcana_assets.samples.b2b.layout import Ints

PAIRED_LINES, PLAIN_LINES = 42, 4
BRANDS, CITIES = 94, 1_200

_SYLLABLES = ("BA", "CO", "DI", "FE", "GU", "JA", "LO", "MI", "NE", "PU", "RA", "SO", "TI", "VE", "XU", "ZA")
_PARTS = ("GESTAO", "CONTROLE", "PORTAL", "PAINEL", "AGENDA", "CENTRAL", "ROTINA", "CADASTRO")
_TOPICS = (
    "FISCAL", "FINANCEIRA", "ESTOQUE", "COMPRAS", "VENDAS", "FOLHA", "PONTO", "PATRIMONIO",
    "CONTABIL", "LOGISTICA", "FROTAS", "OBRAS", "PRODUCAO", "QUALIDADE", "AMBIENTAL", "JURIDICA",
    "ESCOLAR", "SAUDE", "RURAL", "VAREJO", "CREDITO", "COBRANCA", "ORCAMENTO", "PROJETOS",
)  # fmt: skip
_KINDS = ("MODULO", "PACOTE", "SERVICO", "ACESSO", "EXTENSAO", "CONECTOR", "RELATORIO", "USUARIO")

SEGMENTS = (
    "AGROPECUARIA",
    "COMERCIO ATACADISTA",
    "COMERCIO VAREJISTA",
    "CONSTRUCAO",
    "DISTRIBUICAO",
    "EDUCACAO",
    "ENERGIA",
    "FINANCAS",
    "HOTELARIA",
    "JURIDICO",
    "LOGISTICA",
    "MANUFATURA",
    "SAUDE",
    "SERVICOS",
)
_SUBSEGMENTS = ("GERAL", "REGIONAL", "ESPECIALIZADO", "PEQUENO PORTE", "GRANDE PORTE")
# (segment, name); nine segments have five, the others four.
SUBSEGMENTS = [(segment, f"{SEGMENTS[segment]} {kind}") for kind, segment in product(_SUBSEGMENTS, range(14))][:65]

_EDGES = ("4,5", "7,5", "15", "25", "50", "75", "150", "300", "500", "700", "850")
BANDS = (
    f"Faixa 00 - Ate {_EDGES[0]} M",
    *(f"Faixa {number:02} - De {low} M ate {high} M" for number, (low, high) in enumerate(pairwise(_EDGES), start=1)),
    f"Faixa 11 - Acima de {_EDGES[-1]} M",
    "Sem Informações de Faturamento",
)
STATES = (
    "SP", "MG", "RJ", "RS", "PR", "SC", "BA", "PE", "CE", "GO", "ES", "DF", "MT", "MS",
    "PA", "AM", "RN", "PB", "AL", "SE", "PI", "MA", "TO", "RO", "AC", "AP", "RR",
)  # fmt: skip
FOREIGN_STATES = (
    "EX", "ZZ", "XX", "AA", "BB", "CC", "FF", "HH", "JJ", "KK", "WW", "YY",
)  # fmt: skip
HOME_COUNTRY = "030"
FOREIGN_COUNTRIES = (
    "004", "011", "017", "023", "042", "048", "056", "063", "071", "087", "095",
)  # fmt: skip
_TRADES = ("COMERCIO ATACADISTA DE", "COMERCIO VAREJISTA DE", "FABRICACAO DE", "TRANSPORTE DE", "ALUGUEL DE")
_GOODS = (
    "ALIMENTOS", "BEBIDAS", "CALCADOS", "ROUPAS", "MOVEIS", "FERRAGENS",
    "TINTAS", "PAPEL", "VIDROS", "MAQUINAS", "PECAS PARA VEICULOS", "MATERIAIS DE CONSTRUCAO",
    "PRODUTOS QUIMICOS", "ARTIGOS ESPORTIVOS", "EQUIPAMENTOS MEDICOS", "PRODUTOS AGRICOLAS",
)  # fmt: skip
CNAES = [f"{trade} {goods}" for trade, goods in product(_TRADES, _GOODS)]
COMMERCIAL_MODES = ("TRADICIONAL", "ASSINATURA", "NUVEM", "INTERNO")
PERIODS = ("MENSAL", "ANUAL", "TRIMESTRAL", "SEMESTRAL", "UNICO")
HOSTING = ("LOCAL", "NUVEM PROPRIA", "NUVEM DO CLIENTE")
SUPPORT_GROUPS = [f"SUPORTE {topic} N{level}" for topic in _TOPICS[:16] for level in (1, 2)]


def coined(number: int, syllables: int = 3) -> str:
    """A word of syllables, another one for each number below 16 ** syllables."""
    word = ""
    for _ in range(syllables):
        number, place = divmod(number, len(_SYLLABLES))
        word += _SYLLABLES[place]
    return word


def coined_words(rng: np.random.Generator, count: int, syllables: int) -> list[str]:
    """Distinct words in no order."""
    return [coined(number, syllables) for number in rng.choice(len(_SYLLABLES) ** syllables, count, replace=False)]


def product_lines(rng: np.random.Generator) -> list[str]:
    """46 lines such as PAINEL FISCAL; the last four are not sold as licence and maintenance."""
    names = [f"{part} {topic}" for part, topic in product(_PARTS, _TOPICS)]
    chosen = rng.choice(len(names), PAIRED_LINES + PLAIN_LINES, replace=False)
    return [names[number] for number in chosen]


def revenue_lines(lines: list[str]) -> list[str]:
    """Licence and maintenance of each paired line, then the plain ones: `2 * line + kind` for the paired."""
    paired = [f"{line} - {kind}" for line in lines[:PAIRED_LINES] for kind in ("LICENCA", "MANUTENCAO")]
    return paired + lines[PAIRED_LINES:]


def product_names(rng: np.random.Generator, lines: list[str], line: Ints, commas: int, quotes: int) -> list[str]:
    """A distinct name for each product, given its line; some with a comma, then some with a quote."""
    names = []
    words = coined_words(rng, len(line), 4)
    for number, (of, word) in enumerate(zip(line.tolist(), words, strict=True)):
        kind, topic = _KINDS[number % len(_KINDS)], lines[of].split()[-1]
        if number < commas:
            names.append(f"{kind} {topic}, {word}")
        elif number < commas + quotes:
            names.append(f'{kind} {topic} "{word}"')
        else:
            names.append(f"{kind} {topic} {word}")
    return names
