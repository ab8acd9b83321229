"""Four made-up businesses that no shipped domain is like, as folders of files, each with its own way of writing.

Belongs here: the files, always the same ones. Does not belong here: what is to be drafted from them (the tests).
"""

import csv
import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path


def grocery(folder: Path, rows: int = 600) -> Path:
    """A grocery chain: `;`, cp1252, decimal commas, `R$`, kilograms, days first, a line of a till a row."""
    draw, begun = random.Random(11), datetime(2024, 1, 3, 8, tzinfo=UTC)
    goods = [(f"{n:05d}", f"Pão de queijo nº {n}" if n % 3 else f"Maçã argentina {n}", 2 + n / 7) for n in range(1, 40)]
    lines = []
    for number in range(rows):
        code, name, price = draw.choice(goods)
        weight = round(draw.uniform(0.2, 3), 3)
        day = begun + timedelta(hours=number * 4380 / rows)
        card = f"{draw.randrange(1, 90):06d}" if draw.random() < 0.8 else ""
        lines.append(
            [
                day.strftime("%d/%m/%Y %H:%M"),
                f"{number // 3:08d}",
                f"Loja {1 + number % 4}",
                code,
                name,
                f"{weight:.3f}".replace(".", ","),
                f"R$ {price:.2f}".replace(".", ","),
                f"R$ {price * weight * 100:,.2f}".replace(",", "_").replace(".", ",").replace("_", "."),
                card,
            ]
        )
    header = [
        "Data da venda",
        "Nº do cupom",
        "Loja",
        "Cód. produto",
        "Descrição",
        "Qtde",
        "Preço unitário",
        "Valor total",
    ]
    _write(folder / "vendas_2024.csv", [*header, "Cliente"], lines, ";", "cp1252")
    catalogue = [
        [code, name, f"Seção {int(code) % 5}", f"{price:.2f}".replace(".", ",")] for code, name, price in goods
    ]
    _write(folder / "produtos.csv", ["Código", "Produto", "Seção", "Preço"], catalogue, ";", "cp1252")
    return folder


def marketplace(folder: Path, orders: int = 300) -> Path:
    """A marketplace: orders, items and customers in three files, which are one sale only together."""
    draw, begun = random.Random(5), datetime(2023, 2, 1, tzinfo=UTC)
    people = [
        (f"c{n:04x}", draw.choice(["Lisbon", "Porto", "Faro"]), f"20{n % 3 + 20}-0{n % 9 + 1}-11") for n in range(90)
    ]
    heads, items = [], []
    for number in range(orders):
        when = begun + timedelta(hours=number * 4000 / orders)
        heads.append(
            [
                f"o{number:05x}",
                draw.choice(people)[0],
                draw.choice(["delivered", "canceled"]),
                when.strftime("%Y-%m-%d %H:%M:%S"),
            ]
        )
        for line in range(1, draw.randrange(2, 4)):
            price = f"{draw.uniform(3, 90):.2f}"
            items.append([f"o{number:05x}", line, f"p{draw.randrange(60):03x}", f"s{number % 7}", price, "4.90"])
    _write(folder / "orders.csv", ["order_id", "customer_id", "order_status", "order_purchase_timestamp"], heads)
    header = ["order_id", "order_item_id", "product_id", "seller_id", "price", "freight_value"]
    _write(folder / "order_items.csv", header, items)
    _write(folder / "customers.csv", ["customer_id", "customer_city", "registered_at"], people)
    return folder


def software(folder: Path, days: int = 120) -> Path:
    """A software company: use by subscription, subscriptions with their account, monthly revenue, tabs between."""
    draw, begun = random.Random(3), datetime(2024, 3, 1, tzinfo=UTC)
    plans = []
    for n in range(40):
        plan, status = draw.choice(["Starter", "Team", "Business"]), "active" if n % 6 else "churned"
        price = f"{draw.choice([19, 49, 199])}.00"
        plans.append([f"SUB-{n:04d}", f"ACC{n % 25:03d}", plan, status, f"2023-{n % 12 + 1:02d}-15", price])
    use = []
    for number in range(days * 6):
        when = f"{begun + timedelta(hours=number * 4):%Y-%m-%dT%H:%M:%SZ}"
        use.append([f"SUB-{draw.randrange(40):04d}", when, draw.choice(["reports", "api"]), draw.randrange(20, 4000)])
    revenue = [
        [f"ACC{n:03d}", f"2024-{month:02d}", f"{20 + n * 3 + month}.50"] for n in range(25) for month in range(3, 7)
    ]
    header = ["subscription_id", "account_id", "plan_name", "status", "start_date", "price"]
    _write(folder / "subscriptions.tsv", header, plans, "\t")
    _write(folder / "usage_events.tsv", ["subscription_id", "started_at", "feature", "duration_seconds"], use, "\t")
    _write(folder / "mrr.tsv", ["account_id", "month", "mrr"], revenue, "\t")
    return folder


def subscribers(folder: Path, accounts: int = 260, months: int = 18) -> Path:
    """A company that sells by subscription, from 2023 on: periods with their monthly revenue, use that falls before it
    ends, tickets. Some change their plan, which ends one row and begins another; four rows are no periods.
    """
    draw, begun = random.Random(17), date(2023, 1, 1)
    plans, days, numbers = {"starter": 19, "team": 49, "business": 199}, int(months * 30.4), iter(range(1, 9999))
    signed, periods, use, tickets = [], [], [], []
    for n in range(accounts):
        account, plan, start = f"ACC{n:03d}", draw.choice([*plans]), max(0, draw.randrange(-days // 2, days - 60))
        signed.append([account, draw.choice(["BR", "PT"]), f"{begun + timedelta(days=start)}"])
        left = start + draw.randrange(40, 2 * days)
        changed = start + draw.randrange(30, days) if draw.random() < 0.3 else left
        rows = [(start, min(changed, left) - 1, plan), (changed, left - 1, "business")]
        for first, last, name in rows[: 2 if changed < left else 1]:
            end = f"{begun + timedelta(days=last)}" if last < days else ""
            price = f"{plans[name] * draw.choice([1, 2, 5])}.00"
            code = f"S{next(numbers):04d}"
            periods.append([code, account, name, price, f"{begun + timedelta(days=first)}", end])
        for day in range(start, min(left, days), 3):
            if draw.random() < (0.15 if left - day < 90 else 0.8):
                when = datetime(2023, 1, 1, 9, tzinfo=UTC) + timedelta(days=day, minutes=draw.randrange(500))
                use.append(
                    [account, f"{when:%Y-%m-%dT%H:%M:%SZ}", draw.choice(["maps", "chat"]), draw.randrange(60, 3000)]
                )
        for day in range(start, min(left, days), 30):
            if draw.random() < (0.5 if left - day < 90 else 0.15):
                tickets.append([f"T{len(tickets):04d}", account, f"{begun + timedelta(days=day)}", "closed"])
    periods += [
        ["S9990", "ACC001", "team", "49.00", "2023-06-01", "2023-05-01"],
        ["S9991", "ACC002", "team", "49.00", "", "2023-05-01"],
        ["S9992", "ACC003", "team", "49.00", "2023-13-01", ""],
        ["S9993", "ACC004", "team", "", "2023-02-01", ""],
    ]
    _write(folder / "accounts.csv", ["account_id", "country", "signup_date"], signed)
    header = ["subscription_id", "account_id", "plan", "mrr", "start_date", "end_date"]
    _write(folder / "subscriptions.csv", header, periods)
    _write(folder / "usage_sessions.csv", ["account_id", "started_at", "feature", "duration_seconds"], use)
    _write(folder / "tickets.csv", ["ticket_id", "account_id", "opened_at", "status"], tickets)
    return folder


def _write(path: Path, header: list[str], rows: list, delimiter: str = ",", encoding: str = "utf-8") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding=encoding) as file:
        csv.writer(file, delimiter=delimiter).writerows([header, *rows])
