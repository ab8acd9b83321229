"""The nine answers of a loyalty programme, for business people: sentences and small tables from gold tables.

Belongs here: what is said, in Portuguese, and what must not be said. Does not belong here: the figures
(`programme`, `forecast`, `proof`, `report.actions`), how a page looks (`exports.pages`).
"""

import json
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from arcana_assets.domain.months import shifted
from arcana_assets.loyalty.forecast.revenue import MODEL_WORDS, skill
from arcana_assets.loyalty.programme.ledger import ELIGIBLE
from arcana_assets.loyalty.report.findings import Findings
from arcana_assets.loyalty.report.guarantee import guarantee
from arcana_assets.presentation.markdown import markdown_table
from arcana_assets.presentation.notation import count, number, percent
from arcana_assets.presentation.values import months

_TOLD = 6  # columns that set members apart
_GROUP_WORDS = {"members": "Membros", "rest": "Demais clientes de hoje"}
QUESTIONS = (
    "Quem é elegível?",
    "Quantos são os membros?",
    "O que caracteriza os membros?",
    "Que parcela da receita eles trazem?",
    "Que receita esperar deles nos próximos meses?",
    "Quais são as condições para entrar?",
    "Quais são as condições para sair?",
    "O que garante que os membros são melhores que o resto da base?",
    "Que ações podem aumentar a receita?",
)


@dataclass(frozen=True)
class Answer:
    """One answer: its sentences and the table behind it (texts, as they are shown; headers are its columns)."""

    number: int
    question: str
    text: str
    table: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def row(self) -> dict[str, Any]:
        """The answer as a row of `loyalty_report`, its table as JSON."""
        table = json.dumps(self.table.to_dict("split", index=False), ensure_ascii=False)
        return {"number": self.number, "question": self.question, "answer": self.text, "table": table}


def answers(found: Findings) -> list[Answer]:
    """The nine answers, in their order."""
    says = (
        *(_eligible, _how_many, _what_like, _share, _expected),
        *(_entry, _exit, guarantee, _what_to_do),
    )
    return [
        Answer(place, question, *say(found))
        for place, (question, say) in enumerate(zip(QUESTIONS, says, strict=True), start=1)
    ]


def markdown(title: str, told: list[Answer]) -> str:
    """The answers as one page of Markdown."""
    blocks = [f"# {title}"]
    for answer in told:
        blocks += [f"## {answer.number}. {answer.question}", answer.text]
        if len(answer.table):
            blocks.append(markdown_table(list(answer.table.columns), answer.table.values.tolist()))
    return "\n\n".join(blocks)


def _eligible(found: Findings) -> tuple[str, pd.DataFrame]:
    counts = dict(zip(found.eligibility["reason"], found.eligibility["customers"], strict=True))
    total, able = sum(counts.values()), counts.get(ELIGIBLE, 0)
    if not total:
        return "Nenhum cliente na janela: não há quem avaliar.", pd.DataFrame()
    rules = ", ".join(f"«{rule.reason}»" for rule in found.programme.exclude)
    who = f"quem teve receita nos últimos {found.lookback} meses"
    if found.goods:
        who = (
            f"quem comprou nos últimos {found.lookback} meses e pagou, descontadas as devoluções, mais do que recebeu "
            "de volta"
        )
    text = f"{count(able)} de {count(total)} clientes: {who}"
    text += f"; não entra quem está na regra {rules}." if rules else "."
    rows = [(reason, count(customers), percent(customers / total)) for reason, customers in counts.items()]
    return text, pd.DataFrame(rows, columns=["Situação", "Clientes", "Parcela"])


def _how_many(found: Findings) -> tuple[str, pd.DataFrame]:
    now = found.now
    if not now or not now["members"]:
        note = f" {now['note']}" if now and isinstance(now.get("note"), str) else ""
        return f"Nenhum membro neste mês.{note}", pd.DataFrame()
    text = (
        f"{count(now['members'])} membros, {percent(now['members'] / max(now['customers'], 1))} dos clientes. "
        f"Neste mês {count(now['entered'])} entraram e {count(now['left'])} saíram; {count(now['at_risk'])} estão em "
        f"risco e {count(now['candidates'])} são candidatos."
    )
    rows = [
        (
            f"{row['month']:%m/%Y}",
            *(count(row[name]) for name in ("members", "entered", "left", "at_risk", "candidates")),
            percent(row["revenue_share"]) if pd.notna(row["revenue_share"]) else "",
        )
        for row in found.summary[found.summary["members"] > 0].sort_values("month").tail(13).to_dict("records")
    ]
    names = ["Mês", "Membros", "Entraram", "Saíram", "Em risco", "Candidatos", "Parcela da receita"]
    return text, pd.DataFrame(rows, columns=names)


def _what_like(found: Findings) -> tuple[str, pd.DataFrame]:
    mine = found.profile.head(_TOLD)
    if mine.empty:
        return "Sem membros, ou sem outros clientes, não há o que comparar.", pd.DataFrame()
    first = mine.iloc[0]
    rows = [
        (row["label"], *(found.said(row["column"], row[group]) for group in ("members", "rest")))
        for row in mine.to_dict("records")
    ]
    label, ours, others = rows[0]
    side = "mais" if first["apart"] > 0 else "menos"
    text = (
        f"O que mais os distingue é «{label}»: {ours} na mediana dos membros, {others} na dos demais. Tomando um "
        f"membro e outro cliente ao acaso, o membro tem {side} em {percent((1 + abs(first['apart'])) / 2, 0)} dos "
        "pares."
    )
    return text, pd.DataFrame(rows, columns=["Característica", "Mediana dos membros", "Mediana dos demais"])


def _share(found: Findings) -> tuple[str, pd.DataFrame]:
    now = found.now
    if not now or not now["members"] or pd.isna(now["revenue_share"]):
        return "Sem membros ou sem receita líquida na janela não há parcela.", pd.DataFrame()
    return (
        f"{percent(now['revenue_share'])} da receita líquida dos últimos {found.lookback} meses: "
        f"{found.money(now['members_revenue'])} de {found.money(now['revenue'])}, de "
        f"{percent(now['members'] / max(now['customers'], 1))} dos clientes. Em média cada membro trouxe "
        f"{found.money(now['members_revenue'] / now['members'])}, cada um dos demais "
        f"{found.money((now['revenue'] - now['members_revenue']) / max(now['customers'] - now['members'], 1))}.",
        pd.DataFrame(),
    )


def _expected(found: Findings) -> tuple[str, pd.DataFrame]:
    mine = found.forecast[found.forecast["serves"].astype("boolean").fillna(False)].sort_values(["group", "horizon"])
    if mine.empty:
        return "Ainda não há previsão: ela começa com o primeiro mês que tem membros.", pd.DataFrame()
    rows, told = [], []
    for row in mine.to_dict("records"):
        coverage = percent(row["coverage"], 0) if pd.notna(row["coverage"]) else "ainda não medida"
        ends = f"{number(row['low'], 0)} a {number(row['high'], 0)}"
        horizon = months(row["horizon"])
        rows.append(
            (
                *(_GROUP_WORDS.get(row["group"], row["group"]), horizon, found.money(row["forecast"]), ends),
                *(MODEL_WORDS.get(row["model"], row["model"]), count(row["hold_out_months"]), coverage),
            )
        )
        if row["group"] == "members":
            told.append(f"{found.money(row['forecast'])} em {horizon} (80 %: {ends})")
    made = mine["made_in"].iloc[0]
    text = f"Previsto até {shifted(made, int(mine['horizon'].max())):%m/%Y}, dos membros: {'; '.join(told)}."
    text += _how_good(found)
    text += " Quem ainda vai chegar, ou voltar, não está em nenhum dos dois grupos."
    silent = found.forecast[found.forecast["note"].notna()][["model", "note"]].drop_duplicates()
    for row in silent.to_dict("records"):
        text += f" O modelo «{MODEL_WORDS.get(row['model'], row['model'])}» não entrou: {row['note']}."
    names = ["Grupo", "Horizonte", "Previsto", "Intervalo de 80 %", "Modelo", "Meses testados", "Cobertura medida"]
    return text, pd.DataFrame(rows, columns=names)


def _how_good(found: Findings) -> str:
    """What came of the forecasts that served so far, beside those of the last period."""
    told = found.results
    served = told[told["served"].astype("boolean").fillna(False)]
    if served.empty:
        return " Nenhuma previsão tem resultado conhecido ainda; os intervalos são os de partida, largos."
    compared = skill(told)
    covered = served["covered"].dropna().astype("float64")
    text = f" {count(len(served))} previsões já têm resultado."
    if compared:
        error, repeated, many = compared
        text += (
            f" Nos mesmos meses, em {count(many)} delas, o erro médio foi de {percent(error, 0)}, contra "
            f"{percent(repeated, 0)} de repetir o último período: {_gain(error, repeated)}."
        )
    if len(covered):
        text += f" {percent(float(covered.mean()), 0)} dos resultados ficaram dentro do intervalo de 80 %."
    return text


def _gain(error: float, repeated: float) -> str:
    """The skill of forecasts: the part of the error of repeating the last period that they save."""
    if not repeated > 0:
        return "não há o que ganhar"
    gained = 1 - error / repeated
    if round(gained, 2) == 0:
        return "ganho de 0 %, isto é, nenhum"
    return f"ganho de {percent(gained, 0)}" if gained > 0 else f"perda de {percent(-gained, 0)}"


def _entry(found: Findings) -> tuple[str, pd.DataFrame]:
    now = found.now
    if found.conditions.empty:
        note = now.get("note") if now else None
        return f"Não há condições neste mês. {note if isinstance(note, str) else ''}".strip(), pd.DataFrame()
    text = "Cumprir todas no fim do mês: " + "; ".join(found.conditions["enter_words"]) + ". "
    if isinstance(now.get("note"), str):
        text += now["note"]
    if pd.notna(now.get("f1")) and isinstance(now.get("segment"), str):
        text += f" O segmento a reproduzir é «{now['segment']}»: {_agreement(now)}."
    rows = [(row["enter_words"], row["keep_words"]) for row in found.conditions.to_dict("records")]
    return text, pd.DataFrame(rows, columns=["Para entrar", "Para ficar"])


def _agreement(now: Mapping[str, Any]) -> str:
    """How well the conditions and the segment agree."""
    if pd.isna(now["precision"]):
        return "ninguém as cumpre"
    return (
        f"{percent(now['precision'], 0)} de quem as cumpre está nele, e {percent(now['recall'], 0)} dele as cumpre "
        f"(F1 {number(now['f1'], 2)})"
    )


def _exit(found: Findings) -> tuple[str, pd.DataFrame]:
    if found.conditions.empty:
        return "Sem condições de entrada não há de saída.", pd.DataFrame()
    grace = found.programme.grace_months
    when = f"depois de {months(grace)} em risco" if grace else "no mesmo mês"
    rules = " ou quem passa a estar numa regra de exclusão" if found.programme.exclude else ""
    act = "comprar" if found.goods else "receita"
    return (
        "Fica quem cumpre condições mais fracas que as de entrada: "
        + "; ".join(found.conditions["keep_words"])
        + f". Quem deixa de cumpri-las sai {when}; sai logo quem ficou {found.lookback} meses sem {act}{rules}. "
        "Por isso poucos entram e saem de mês em mês.",
        pd.DataFrame(),
    )


def _what_to_do(found: Findings) -> tuple[str, pd.DataFrame]:
    mine = found.actions
    if mine.empty:
        return "Nenhum grupo está perto de entrar ou de sair.", pd.DataFrame()
    told = []
    for row in mine.to_dict("records"):
        size = f"{count(row['customers'])} {row['group']}"
        told.append(f"«{row['title']}» ({', '.join(filter(None, [size, _stake(found, row)]))})")
    text = (
        f"{'; '.join(told)}. O que cada valor quer dizer e o que fazer está na tabela. Valores de grupos diferentes "
        "não se somam: um cliente pode estar em mais de um."
    )
    rows = [
        (
            *(row["title"], row["group"], count(row["customers"])),
            *(_stake(found, row), row["stake_words"], row["what_to_do"]),
        )
        for row in mine.to_dict("records")
    ]
    return text, pd.DataFrame(rows, columns=["Grupo", "Quem", "Clientes", "Em jogo", "O que é", "O que fazer"])


def _stake(found: Findings, row: Mapping[Hashable, Any]) -> str:
    """The money at stake, and at most where it is a forecast; nothing where it is not known."""
    if pd.isna(row["at_stake"]):
        return ""
    up_to = row["at_stake_up_to"]
    return found.money(row["at_stake"]) + (f" (até {number(up_to, 0)})" if pd.notna(up_to) else "")
