"""Receita: the sum by month, how it is spread over customers, and who of each month's new customers stays.

Belongs here: its sentences, tables and drawings. Does not belong here: the other sections (`origin`, `shape`).
"""

from arcana_assets.exports.drawings import Bar, bars, columns
from arcana_assets.exports.pages import Section
from arcana_assets.presentation.labels import label_of
from arcana_assets.presentation.notation import count, number, percent, sign
from arcana_assets.profile.finding import Cohort, cohorts_of
from arcana_assets.profile.report.said import Month, plural


def revenue(found: Month) -> list[Section]:
    """Receita: the sum month by month, and how it is spread over customers."""
    total = next(iter(found.of("concentration", "revenue")), None)
    if total is None or not total["value"]:
        return []
    name = label_of(total["part"])
    gini = found.of("concentration", "gini")[0]["value"]
    top = {row["item"]: row for row in found.of("concentration")}
    text = (
        f"{percent(top['top_20']['share'], 0)} da receita vem de 20 % dos clientes, e "
        f"{percent(top['top_1']['share'], 0)} do 1 % "
        f"que mais traz ({plural(top['top_1']['n'], 'cliente', 'clientes')}). Índice de Gini: {number(gini, 2)} (0: "
        "todos "
        f"iguais; 1: um cliente traz tudo).\nA receita é a soma de «{name}» na visão 360 "
        f"({found.money(total['value'])}); "
        "saldo negativo de um cliente conta como zero aqui."
    )
    history = [row for row in found.history("concentration", "revenue") if row["part"] == total["part"]][-13:]
    over_time = columns(
        f"{name}, soma de todos os clientes por mês ({sign(found.domain.currency)})",
        [f"{row['month']:%m/%y}" for row in history],
        [row["value"] for row in history],
    )
    pareto = bars(
        "Parcela da receita trazida pelos clientes que mais trazem",
        [
            Bar(
                f"{percent(share, 0)} dos clientes",
                top[item]["share"],
                f"{percent(top[item]['share'])}  ({count(top[item]['n'])} clientes)",
            )
            for item, share in _SHARES.items()
        ],
        most=1.0,
    )
    return [Section("Receita", text, drawings=[over_time, pareto], begins=True), *_cohorts(found)]


def _cohorts(found: Month) -> list[Section]:
    """Who came in which month, and what of them is there one, two, three ... months later: customers, then revenue."""
    followed = cohorts_of([row for row in found.findings if row["month"] <= found.month], found.month)
    if not any(ages for _, ages in followed["active"].values()):
        return []
    most = max(len(ages) for _, ages in followed["active"].values())
    header = ["Primeiro mês", "Clientes", *(f"+{age}" for age in range(1, most + 1))]
    told = {
        "active": f"{_after_one(followed)}Na tabela: de quem apareceu primeiro em cada mês, que parcela estava lá em "
        "cada mês depois. Quem já era cliente antes do primeiro mês dos dados aparece nele.",
        "revenue": "O mesmo em receita: o que a turma trouxe em cada mês, em relação ao seu primeiro.",
    }
    return [
        Section(
            *("", text, header),
            [
                (
                    f"{first[5:]}/{first[:4]}",
                    count(size),
                    *("" if share is None else percent(share, 0) for share in ages),
                    *[""] * (most - len(ages)),
                )
                for first, (size, ages) in followed[what].items()
            ],
        )
        for what, text in told.items()
    ]


def _after_one(followed: dict[str, dict[str, Cohort]]) -> str:
    known = [(size, ages[0]) for size, ages in followed["active"].values() if ages and ages[0] is not None]
    total = sum(size for size, _ in known)
    if not total:
        return ""
    share = sum(size * share for size, share in known) / total
    return f"{percent(share)} dos clientes estavam lá também no mês seguinte ao seu primeiro. "


_SHARES = {"top_1": 0.01, "top_5": 0.05, "top_10": 0.1, "top_20": 0.2, "top_50": 0.5}
