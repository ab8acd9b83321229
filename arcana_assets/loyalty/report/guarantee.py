"""The guarantee: what the months after show of members, what they do not show, and what would.

Belongs here: the eighth answer of a programme, in Portuguese. Does not belong here: the statistics (`proof`).
"""

from collections.abc import Callable, Hashable, Mapping
from typing import Any

import pandas as pd

from arcana_assets.domain.months import shifted
from arcana_assets.loyalty.proof.comparison import ALL, MATCHED
from arcana_assets.loyalty.report.findings import Findings
from arcana_assets.presentation.notation import count, number, percent
from arcana_assets.presentation.values import months

_BALANCED = 0.1  # standardised mean difference up to which matched groups count as alike (Stuart, 2010)
_SHARES = ("retention", "return_share")
_MEASURE_WORDS = {
    "revenue": "Receita por mês",
    "retention": "Voltou a comprar",
    "orders": "Pedidos por mês",
    "return_share": "Parcela devolvida",
}


def guarantee(found: Findings) -> tuple[str, pd.DataFrame]:
    """The sentences, and the table of all comparisons."""
    if found.proof.empty:
        wait = months(found.programme.outcome_months)
        return f"Ainda não se sabe: é preciso esperar {wait} desde o primeiro mês com membros.", pd.DataFrame()
    then = found.proof["ledger_month"].iloc[0]
    after = f"{shifted(then, 1):%m/%Y} a {shifted(then, found.programme.outcome_months):%m/%Y}"
    rows = []
    for row in found.proof.to_dict("records"):
        of = _kind(found, row["measure"])
        known = pd.notna(row["low"])
        rows.append(
            (
                _words(found, row["measure"]),
                "todos os demais" if row["comparison"] == ALL else "clientes pareados",
                *(of(row["members_mean"]), of(row["others_mean"])),
                _range(found, row) if known else "poucos clientes",
                ("< 0,001" if row["p_adjusted"] < 0.001 else number(row["p_adjusted"], 3)) if known else "",
                f"{count(row['members'])} / {count(row['others'])}",
            )
        )
    names = ["Medida", "Comparados com", "Membros", "Outros", "Diferença (95 %)", "p corrigido", "Clientes"]
    text = f"Membros de {then:%m/%Y} nos meses seguintes ({after}), que não decidiram quem entrou. "
    text += _shown(found, ALL, "todos os demais clientes elegíveis") + " " + _pairs(found) + " " + _cause(found)
    return text, pd.DataFrame(rows, columns=names)


def _shown(found: Findings, comparison: str, others: str) -> str:
    """What differs beyond chance in a comparison, and what does not."""
    mine = found.proof[found.proof["comparison"] == comparison]
    known = mine[mine["p_adjusted"].notna()]
    if known.empty:
        return f"Contra {others} não há clientes bastantes para comparar."
    sure = known[known["beyond_chance"]]
    unsure = known[~known.index.isin(sure.index)]
    parts = []
    for row in sure.to_dict("records"):
        of, words = _kind(found, row["measure"]), _words(found, row["measure"]).lower()
        parts.append(f"{words} {of(row['members_mean'])} contra {of(row['others_mean'])}")
    text = f"Contra {others}: " + ("; ".join(parts) if parts else "nenhuma diferença além do acaso") + "."
    if len(unsure) and parts:
        names = [_words(found, each).lower() for each in unsure["measure"]]
        text += f" Na média não se distingue do acaso: {', '.join(names)}."
    return text


def _pairs(found: Findings) -> str:
    """What the matched comparison shows, of how many members, and how alike the pairs are."""
    balance = found.balance
    if balance.empty or not int(balance["pairs"].iloc[0]):
        return "Nenhum membro tem um cliente parecido fora do programa, e sem pares nada se diz deles."
    pairs, members = (int(balance[name].iloc[0]) for name in ("pairs", "members"))
    worst = float(balance["matched"].abs().max())
    alike = worst <= _BALANCED
    text = f"{count(pairs)} dos {count(members)} membros têm um par, um cliente parecido que não era membro"
    if not alike:
        text += f" (mesmo assim os pares ainda diferem, até {number(worst, 2)} desvio-padrão)"
    return text + ". " + _shown(found, MATCHED, "os pares")


def _cause(found: Findings) -> str:
    """What is not shown, and what would show it."""
    text = _selection(found)
    sizes = found.experiment.dropna(subset=["adjusted"])
    if sizes.empty:
        return text
    each = sizes.iloc[(sizes["effect"] - 0.1).abs().argmin()]
    text += (
        f" Para mostrar isso: sortear entre membros e candidatos quem recebe os benefícios, metade a metade, e "
        f"comparar a receita de {found.programme.outcome_months} meses de todos os sorteados. Um efeito de "
        f"{percent(each['effect'], 0)} pede {count(each['adjusted'])} clientes em cada metade (usando o que cada "
        f"um comprou antes para reduzir o ruído; sem usá-lo, {count(each['plain'])})"
    )
    if pd.notna(each["least_effect"]):
        text += (
            f"; com os {count(each['available'])} que há, o menor efeito que se veria é de "
            f"{percent(each['least_effect'], 0)}"
        )
    return text + "."


def _selection(found: Findings) -> str:
    """What the comparison of members with all others says of the rule, and what it does not say of the programme."""
    proof = found.proof
    row = proof[(proof["comparison"] == ALL) & (proof["measure"] == "revenue")].iloc[0]
    if not row["beyond_chance"]:
        return "Isto não mostra que os membros pagam mais nem que pagam menos que os outros."
    doing, do, had_done = ("comprando", "comprar", "comprarem") if found.goods else ("pagando", "pagar", "pagarem")
    if row["difference"] < 0:
        return f"Os membros pagaram menos que os outros: a regra não escolhe quem segue {doing} mais."
    return (
        f"Isto mostra que a regra escolhe clientes que seguem {doing} mais; não mostra que o programa os fez {do} "
        f"mais, porque foram escolhidos por já {had_done}."
    )


def _words(found: Findings, measure: str) -> str:
    """What an outcome is called; who has a contract does not buy again, but goes on paying."""
    if measure == "retention" and not found.goods:
        return "Seguiu pagando"
    return _MEASURE_WORDS.get(measure, measure)


def _range(found: Findings, row: Mapping[Hashable, Any]) -> str:
    """The interval of a difference; that of two shares is in percentage points."""
    if row["measure"] in _SHARES:
        return f"{number(100 * row['low'], 1)} a {number(100 * row['high'], 1)} p.p."
    of = _kind(found, row["measure"])
    return f"{of(row['low'])} a {of(row['high'])}"


def _kind(found: Findings, measure: str) -> Callable[[float], str]:
    """How the values of an outcome are written."""
    if measure == "revenue":
        return found.money
    return percent if measure in _SHARES else lambda value: number(value, 2)
