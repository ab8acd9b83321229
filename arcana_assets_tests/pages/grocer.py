"""The files of the grocer of docs/your_own_business.md: half a year of receipts, and a list of products.

Five kinds of customers by how they buy (often a little, often a lot, no more since March, since June only, now and
then) and, whatever they are by that, five by what: one of four sections, or all of them alike. Always the same files.
"""

import csv
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

SECTIONS = {
    "Padaria": ("Pão francês", "Pão de queijo", "Bolo de fubá", "Rosca doce", "Torrada", "Biscoito de polvilho"),
    "Bebidas": ("Café", "Chá mate", "Suco de uva", "Água com gás", "Guaraná", "Cerveja"),
    "Hortifruti": ("Maçã", "Limão", "Mamão", "Couve", "Abóbora", "Feijão verde"),
    "Limpeza": ("Sabão em pó", "Água sanitária", "Esponja", "Álcool", "Detergente", "Amaciante"),
}
# How many there are, visits a month, lines of a receipt, pieces are times, days of the half-year.
KINDS = ((80, 3, (1, 2), 1, (0, 182)), (30, 4, (4, 6), 8, (0, 182)), (35, 4, (2, 3), 2, (0, 80)))
KINDS = (*KINDS, (30, 1, (2, 3), 2, (165, 182)), (30, 0.4, (2, 3), 2, (0, 150)))
SALES = (
    "Data da venda",
    "Nº do cupom",
    "Cód. produto",
    "Descrição",
    "Qtde",
    "Preço unitário",
    "Valor total",
    "Cliente",
)


def write_files(folder: Path) -> None:
    """Writes `vendas_2024.csv` and `produtos.csv` into a new folder, as a till in Brazil does."""
    goods = {
        section: [
            (f"{place}{number:02d}", name, 3.9 + (7 * number + 5 * place) % 11) for number, name in enumerate(names, 1)
        ]
        for place, (section, names) in enumerate(SECTIONS.items(), 1)
    }
    folder.mkdir()
    listed = [[code, name, section, _money(price)] for section, of in goods.items() for code, name, price in of]
    _write(folder / "produtos.csv", ["Código", "Produto", "Seção", "Preço"], listed)
    _write(folder / "vendas_2024.csv", [*SALES], _sales(goods))


def _sales(goods: dict[str, list[tuple[str, str, float]]]) -> list[list[str]]:
    draw, sections = random.Random(7), [*goods]
    rows = list[list[str]]()
    for receipt, (moment, customer, (least, most), times) in enumerate(_visits(draw), 1):
        liked = customer % 5
        bought = dict[str, tuple[str, float]]()
        for _ in range(draw.randint(least, most)):
            section = sections[liked] if liked < len(sections) and draw.random() < 0.85 else draw.choice(sections)
            code, name, price = draw.choice(goods[section])
            bought[code] = name, price
        for code, (name, price) in bought.items():
            pieces = draw.randint(1, 2) * times
            row = [f"{moment:%d/%m/%Y %H:%M}", f"{receipt:06d}", code, name, str(pieces), _money(price)]
            rows.append([*row, _money(price * pieces), f"C{customer:04d}"])
    return rows


def _visits(draw: random.Random) -> list[tuple[datetime, int, tuple[int, int], int]]:
    """When somebody came, who, lines and pieces; a visit in each part of the days that the kind has."""
    opened, visits, customer = datetime(2024, 1, 2, 8, tzinfo=UTC), [], 0
    for people, monthly, lines, times, (first, last) in KINDS:
        number = max(1, round(monthly * (last - first) / 30))
        for _ in range(people):
            customer += 1
            for part in range(number):
                day = int(first + (last - first - 1) * (part + draw.random()) / number)
                visits.append((opened + timedelta(days=day, minutes=draw.randrange(720)), customer, lines, times))
    return sorted(visits)


def _money(amount: float) -> str:
    return f"{amount:.2f}".replace(".", ",")


def _write(path: Path, header: list[str], rows: list[list[str]]) -> None:
    with path.open("w", newline="", encoding="cp1252") as file:
        csv.writer(file, delimiter=";").writerows([header, *rows])
