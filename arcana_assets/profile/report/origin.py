"""Where the data come from, and how good they are: the first two sections of the page.

Belongs here: their sentences and tables, and what was done about each finding. Does not belong here: the other sections
(`shape`).
"""

from collections.abc import Sequence
from datetime import date
from itertools import groupby

from arcana_assets.exports.pages import Section
from arcana_assets.presentation.notation import count, number, percent
from arcana_assets.profile.finding import OF_ROWS, by_source, summed
from arcana_assets.profile.report.said import Month, Row, detail, plural, written
from arcana_assets.profile.tables import ENOUGH, MOVED

_LINES = 25  # of a table
_WEEKDAYS = (
    "segundas-feiras",
    "terças-feiras",
    "quartas-feiras",
    "quintas-feiras",
    "sextas-feiras",
    "sábados",
    "domingos",
)


def origin(found: Month) -> list[Section]:
    """De onde vem: rows by source, and how much of them is of known customers."""
    sources = by_source(found.of("rows"))
    if not sources:
        return [Section("De onde vem", "Nenhuma fonte tem linhas neste mês.")]
    total = summed(sources)
    text = (
        f"{plural(total['landed'], 'linha veio', 'linhas vieram')} de "
        f"{plural(total['files'], 'arquivo', 'arquivos')} de {plural(len(sources), 'fonte', 'fontes')}. "
        f"{percent(total['accepted'] / total['landed'])} foram aceitas, "
        f"{percent(total['refused'] / total['landed'])} recusadas e {percent(total['doubled'] / total['landed'])} eram "
        "repetidas.\nO que foi feito: as recusadas estão na quarentena, com o motivo de cada uma, e voltam quando a "
        "fonte as corrige; das repetidas, cada linha conta uma vez. Nenhuma linha some: as três parcelas somam as "
        "linhas "
        "que vieram."
    )
    if silent := [name for name in found.domain.sources if name not in sources]:
        text += f"\nSem linhas neste mês: {', '.join(silent)}."
    lines = [
        (
            name,
            count(of["files"]),
            *(count(of[item]) for item in OF_ROWS),
            percent(of["refused"] / of["landed"]),
        )
        for name, of in sources.items()
    ]
    header = ["Fonte", "Arquivos", "Linhas que vieram", "Aceitas", "Recusadas", "Repetidas", "Parcela recusada"]
    return [Section("De onde vem", text, header, lines), *_coverage(found)]


def _coverage(found: Month) -> list[Section]:
    sections = []
    if unknown := [row for row in found.of("coverage", "unknown") if row["share"] is not None]:
        row = unknown[0]
        text = (
            f"{percent(row['share'])} das linhas de venda não têm cliente ({count(row['value'])} de "
            f"{count(row['n'])}).\n"
            "O que foi feito: elas contam na receita total e nos produtos; de nenhum cliente, segmento ou recomendação "
            "fazem parte, porque não se sabe de quem são."
        )
        sections.append(Section("", text))
    known = [row for row in found.of("coverage", "customers") if row["n"]]
    if known:
        strangers = {row["part"]: row for row in found.of("coverage", "strangers")}
        few = [row for row in known if (row["share"] or 0) < 0.5]
        lost = sum(row["value"] or 0 for row in strangers.values())
        text = (
            f"{plural(len(few), 'fonte conhece', 'fontes conhecem')} menos da metade dos {count(known[0]['n'])} "
            "clientes "
            f"do cadastro. {plural(lost, 'linha é', 'linhas são')} de quem não está no cadastro.\n"
            "O que foi feito: quem não aparece em uma fonte fica «ausente» nela, nunca com zero; linhas de quem não "
            "está "
            "no cadastro são contadas e não criam clientes."
        )
        lines = [
            (
                *(row["part"], count(row["value"]), percent(row["share"])),
                count(strangers[row["part"]]["value"]) if row["part"] in strangers else "",
            )
            for row in sorted(known, key=lambda row: (-(row["share"] or 0), row["part"]))
        ]
        header = ["Fonte", "Clientes no mês", "Do cadastro", "Linhas de desconhecidos"]
        sections.append(Section("", text, header, lines))
    return sections


def quality(found: Month) -> list[Section]:
    """Qualidade: refusals with examples, gaps, values that lack, values far away, columns that moved."""
    return [_refused(found), *_days(found), *_spellings(found), _columns(found), *_outlying(found), _moved(found)]


def _refused(found: Month) -> Section:
    refused = sorted(found.of("refused"), key=lambda row: (-row["value"], row["part"], row["item"]))
    if not refused:
        return Section("Qualidade", "Nenhuma linha foi recusada neste mês.")
    first = refused[0]
    told = percent(first["share"]) if first["share"] is not None else count(first["value"])
    text = (
        f"O motivo de recusa mais comum está em {told} das linhas de {first['part']}: «{first['item']}» "
        f"({plural(first['value'], 'linha', 'linhas')}).\nO que foi feito: as linhas ficam de fora de todos os "
        "números e "
        "podem ser lidas na quarentena. Nos exemplos, o que identifica clientes está coberto."
    )
    lines = [
        (row["part"], row["item"], count(row["value"]), percent(row["share"] or 0), _example(row))
        for row in refused[:_LINES]
    ]
    return Section("Qualidade", text, ["Fonte", "Motivo (da regra)", "Linhas", "Parcela", "Exemplo"], lines)


def _example(row: Row) -> str:
    examples = detail(row) or []
    if not examples:
        return ""
    one = dict(examples[0])
    file, line = one.pop("file"), one.pop("line")
    place = file if line is None else f"{file}, linha {line}"
    return f"{place}: " + "; ".join(f"{name} = {value}" for name, value in one.items() if value not in (None, ""))


def _days(found: Month) -> list[Section]:
    # A source with rows on less than half of the days is none of every day: a bill comes once a month.
    daily = [row for row in found.of("days") if row["share"] <= 0.5]
    rows = [row for row in daily if row["value"]]
    if not daily:
        return []
    if not rows:
        return [Section("", "Toda fonte diária tem linhas em todos os dias do mês.")]
    worst = max(rows, key=lambda row: (row["share"], row["part"]))
    text = (
        f"{worst['part']} não tem linhas em {count(worst['value'])} de {plural(worst['n'], 'dia', 'dias')}"
        f"{_which(detail(worst))}.\nO que foi feito: nada é preenchido; um dia sem linhas pode ser fechado ou faltar "
        "na "
        "entrega. Compare com o calendário da empresa."
    )
    lines = [
        (row["part"], count(row["value"]), count(row["n"]), _spelled(detail(row)))
        for row in sorted(rows, key=lambda row: (-row["value"], row["part"]))
    ]
    return [Section("", text, ["Fonte", "Dias sem linhas", "De", "Quais"], lines)]


def _which(days: Sequence[str]) -> str:
    weekdays = {date.fromisoformat(day).weekday() for day in days}
    return f", todos {_WEEKDAYS[weekdays.pop()]}" if len(weekdays) == 1 and len(days) > 1 else ""


def _spelled(days: Sequence[str]) -> str:
    """`1, 5 a 8, 31`: days of the month, in runs."""
    numbers = [date.fromisoformat(day).day for day in days]
    runs = []
    for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        mine = [day for _, day in run]
        runs.append(str(mine[0]) if len(mine) == 1 else f"{mine[0]} a {mine[-1]}")
    return ", ".join(runs)


def _spellings(found: Month) -> list[Section]:
    rows = [row for row in found.of("spellings") if row["value"]]
    if not rows:
        return []
    row = rows[0]
    text = (
        f"{plural(row['value'], 'código de cliente difere', 'códigos de cliente diferem')} de outro só na grafia, em "
        f"{plural(detail(row)['groups'], 'grupo', 'grupos')}.\nO que foi feito: cada grafia conta como um cliente; a "
        "regra "
        "de limpeza do contrato da fonte as junta, se forem o mesmo."
    )
    return [Section("", text)]


def _columns(found: Month) -> Section:
    """Values that lack in silver: the columns with the largest shares, and those that say one thing only."""
    silver = [row for row in found.columns if row["layer"] == "silver" and row["rows"]]
    lacking = [row for row in silver if row["missing"] + (row["blank"] or 0)]
    lacking.sort(key=lambda row: (-(row["missing"] + (row["blank"] or 0)) / row["rows"], row["table"], row["column"]))
    constant = [row for row in silver if row["distinct"] == 1 and not row["missing"] and row["rows"] > 1]
    empty = [row for row in lacking if row["missing"] == row["rows"]]
    said = [
        f"{plural(len(lacking), 'coluna tem', 'colunas têm')} linhas sem valor" if lacking else "Nenhum valor falta"
    ]
    if empty:
        said.append(f"{plural(len(empty), 'está vazia', 'estão vazias')} por inteiro")
    if constant:
        said.append(f"{plural(len(constant), 'tem o mesmo valor', 'têm o mesmo valor')} em todas as linhas")
    text = (
        f"{'; '.join(said)}.\nO que foi feito: ausente continua ausente e não vira zero; onde a ausência importa, um "
        "indicador a leva aos modelos."
    )
    partly = [row for row in lacking if row not in empty][:_LINES]
    lines = [
        (
            *(row["table"], row["column"], count(row["rows"]), percent(row["missing"] / row["rows"])),
            *("" if row["blank"] is None else percent(row["blank"] / row["rows"]), count(row["distinct"])),
        )
        for row in partly
    ]
    if empty:
        names = [f"{row['table']}.{row['column']}" for row in empty[:_LINES]]
        more = f" e mais {count(len(empty) - _LINES)}" if len(empty) > _LINES else ""
        text += f"\nVazias: {', '.join(names)}{more}."
    header = ["Tabela", "Coluna", "Linhas", "Sem valor", "Em branco", "Valores distintos"]
    return Section("", text, header if lines else (), lines)


def _outlying(found: Month) -> list[Section]:
    """Values far from the median, by the robust deviation of the month: the columns with the largest shares."""
    known = [row for row in found.columns if row["mad"] is not None and row["rows"] > row["missing"]]
    share = {id(row): row["outlying"] / (row["rows"] - row["missing"]) for row in known}
    rows = sorted(
        (row for row in known if row["outlying"]), key=lambda row: (-share[id(row)], row["table"], row["column"])
    )
    if not rows:
        return []
    first = rows[0]
    text = (
        f"{plural(len(rows), 'coluna tem', 'colunas têm')} valores muito longe da mediana; a maior parcela é de "
        f"{first['table']}.{first['column']}: {percent(share[id(first)])} dos valores. Longe é a mais de 5,2 vezes o "
        "desvio absoluto mediano.\nO que foi feito: nenhum valor foi retirado; onde poucos clientes trazem muito, "
        "valores longe são esperados. Modelos usam o logaritmo do que é desigual."
    )
    lines = [
        (
            *(row["table"], row["column"], count(row["outlying"]), percent(share[id(row)])),
            *(written(row[name]) for name in ("median", "mad", "minimum", "maximum")),
        )
        for row in rows[:_LINES]
    ]
    header = ["Tabela", "Coluna", "Valores longe", "Parcela", "Mediana", "Desvio absoluto mediano", "Mínimo", "Máximo"]
    return [Section("", text, header, lines)]


def _moved(found: Month) -> Section:
    known = [
        row for row in found.columns if row["psi"] is not None and row["layer"] == "silver" and row["rows"] >= ENOUGH
    ]
    if not known:
        return Section("", "Sem o mês anterior não há com o que comparar as distribuições.")
    moved = sorted((row for row in known if row["psi"] > MOVED), key=lambda row: (-row["psi"], row["column"]))
    many = plural(len(known), "coluna comparada", "colunas comparadas")
    told = plural(len(moved), "mudou", "mudaram") if moved else "nenhuma mudou"
    text = f"De {many} com o mês anterior, {told} de distribuição"
    text += f" (PSI acima de {number(MOVED)})."
    if moved:
        text += (
            "\nO que fazer: se a empresa não mudou de jeito de vender ou registrar, pergunte a quem entrega a fonte."
        )
    before = {(row["layer"], row["table"], row["column"]): row for row in found.before}
    lines = [
        (
            *(row["table"], row["column"], number(row["psi"], 2)),
            *(written(of.get("median")) for of in (before.get((row["layer"], row["table"], row["column"]), {}), row)),
        )
        for row in moved[:_LINES]
    ]
    return Section("", text, ["Tabela", "Coluna", "PSI", "Mediana antes", "Mediana"] if lines else (), lines)
