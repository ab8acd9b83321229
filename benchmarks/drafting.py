"""Drafting: which share of what `arcana new` guesses from files is what the shipped contracts say of them.

The files are those of the made-up samples and the public UCI file; each guess that a contract settles is right or
wrong: entity, encoding, delimiter, header, decimal mark, customer, time, money, all columns, types, formats of dates,
keys, and of the domain who is a customer and its first month. Vocabulary and thresholds were written with these files
in view, so that the figures say that a known shape is read again. A further side drafts from headers as public data
sets have them, which nothing was tuned on.
"""

import csv
import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.measure import Limit, Options, Outcome, Side, Skipped, timed, turn_by_turn
from benchmarks.real_file import real_file

WORLDS = {"retail": "en", "b2b": "pt-BR", "mall": "pt-BR"}
GOALS = {"strangers": 25}  # percent
Verdict = tuple[str, bool, str]
"""The kind of a guess, whether it is right, and what it is of."""


def measure(options: Options) -> Outcome:
    """A side a sample; of the real file where it is there; of strange headers."""
    named = ["retail"] if options.quick else [*WORLDS]
    sides = [Side(name, f"{__name__}:sample", {"name": name}) for name in named]
    if not options.quick and (path := _shared()) is not None:
        sides.append(Side("uci", f"{__name__}:real", {"path": str(path)}))
    sides.append(Side("strangers", f"{__name__}:strangers"))
    figures = turn_by_turn(sides, 1)
    return Outcome(
        figures,
        [],
        {name: {part: turns[0][part] for part in ("by_kind", "wrong_ones")} for name, turns in figures.items()},
        limits=[
            Limit(f"{side.name}: guesses that are wrong", side.name, GOALS.get(side.name, 10), "missed")
            for side in sides
        ],
    )


def _shared() -> Path | None:
    """The real file; None where it is not there."""
    try:
        return real_file()
    except Skipped:
        return None


def sample(folder: Path, name: str) -> dict[str, Any]:
    """A sample drafted and held against its shipped domain."""
    from arcana_assets.samples.b2b.folder import write_b2b_drop
    from arcana_assets.samples.mall.folder import START, write_mall_drop
    from arcana_assets.samples.retail.folder import write_retail_drop

    if name == "retail":
        write_retail_drop(folder, 150, 3, 7)
    elif name == "b2b":
        write_b2b_drop(folder, 0.01, 7)
    else:
        write_mall_drop(folder, 800, 3, 7, START)
    return _held_against(name, sorted(path for path in folder.rglob("*") if path.is_file()), folder, WORLDS[name])


def real(folder: Path, path: str) -> dict[str, Any]:
    """The public file, held against the contract of sales of the retail domain."""
    (folder / "transactions").mkdir()
    (folder / "transactions" / "data.csv").symlink_to(path)
    return _held_against("retail", [folder / "transactions" / "data.csv"], folder, "en")


def strangers(folder: Path) -> dict[str, Any]:
    """Headers as well-known public data sets have them, over made-up values: entity, customer, time and money."""
    from arcana_assets.drafting.draft import draft_of
    from arcana_assets.drafting.guess import DraftError

    verdicts, begun = list[Verdict](), datetime(2024, 1, 1, tzinfo=UTC)
    with timed() as clock:
        for name, (columns, entity, expected) in STRANGERS.items():
            path, draw = folder / f"{name}.csv", random.Random(4)
            with path.open("w", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(columns)
                for row in range(400):
                    when = begun + timedelta(hours=7 * row)
                    writer.writerow([_value(kind, draw, row, when) for kind in columns.values()])
            try:
                (source, *_) = draft_of("strange", [path], "en").sources
            except DraftError:
                verdicts += [("entity", False, f"{name}: none, {entity}")]
                verdicts += [("columns", False, f"{name}: {header} to {to}") for to, header in expected.items()]
                continue
            verdicts.append(("entity", source.entity == entity, f"{name}: {source.entity}, {entity}"))
            found = {said["to"]: said["from"] for said, _ in source.columns}
            verdicts += [
                ("columns", found.get(to) == header, f"{name}: {found.get(to)} to {to}, {header}")
                for to, header in expected.items()
            ]
    return _figures(verdicts, clock.seconds, clock.cpu_seconds)


def _held_against(name: str, files: list[Path], landing: Path, language: str) -> dict[str, Any]:
    from arcana_assets.definitions import DEFS
    from arcana_assets.domain.folder import load_domain
    from arcana_assets.drafting.draft import draft_of

    domain = load_domain(DEFS / name)
    with timed() as clock:
        draft = draft_of("drafted", files, language)
    verdicts = list[Verdict]()
    for contract in domain.sources.values():
        mine = {path for path in files if path in {*landing.glob(contract.landing.pattern)}}
        if not mine:
            continue
        drafted = [each for each in draft.sources if mine & {*each.tabled.files}]
        if not drafted:
            verdicts.append(("entity", False, f"{contract.name}: none, {contract.entity}"))
            continue
        source = next((each for each in drafted if each.entity == contract.entity), drafted[0])
        verdicts.append(("entity", source.entity == contract.entity, f"{contract.name}: {source.entity}"))
        verdicts += _of_format(contract, source)
        verdicts += _of_columns(contract, source)
    verdicts.append(
        ("customers_from", (draft.settings.get("customers_from") or "transactions") == domain.customers_from, name)
    )
    if len(files) > 1 or name != "retail":
        start = f"{domain.start:%Y-%m}"
        verdicts.append(("start", draft.settings.get("start") == start, f"{draft.settings.get('start')}, {start}"))
    return _figures(verdicts, clock.seconds, clock.cpu_seconds)


def _of_format(contract: Any, source: Any) -> Iterator[Verdict]:
    form = source.format
    declared = contract.format_of(source.tabled.files[0].name)
    yield "kind", form["kind"] == declared.kind, contract.name
    if form["kind"] != declared.kind:
        return
    if declared.kind == "csv":
        plain = all(path.read_bytes().isascii() for path in source.tabled.files)
        yield "encoding", plain or form["encoding"] == declared.encoding, f"{contract.name}: {form['encoding']}"
        yield "delimiter", form["delimiter"] == declared.delimiter, contract.name
    if declared.kind in ("csv", "xlsx"):
        yield "header", form.get("header_row", 1) == declared.header_row, contract.name
    if any(each.marks.point or each.marks.comma for each in source.tabled.values):
        right = form.get("decimal", ".") == declared.decimal
        yield "decimal", right or declared.kind == "xlsx", f"{contract.name}: {form.get('decimal', '.')}"


def _of_columns(contract: Any, source: Any) -> Iterator[Verdict]:
    from arcana_assets.domain.column import MONEY

    found = {said["to"]: said for said, _ in source.columns}
    kinds = {each.name: each.kind for each in source.tabled.values}
    schema = contract.schema_
    for column in contract.columns:
        told = schema.column(column.to)
        got = found.get(column.to, {}).get("from")
        right, words = got == column.from_, f"{contract.name}: {got} to {column.to}, {column.from_}"
        yield "columns", right, words
        if column.to == "customer_id":
            yield "customer", right, words
        if column.to == schema.dated_by:
            yield "time", right, words
        if told.unit == MONEY:
            yield "amount", right, words
        kind = kinds.get(column.from_, "")
        if told.type != "text" and kind != "empty":
            wanted = {"date": "date", "instant": "date", "boolean": "boolean", "integer": "integer"}.get(told.type, "")
            fits = kind == wanted if wanted else kind in ("integer", "decimal")
            yield "type", fits, f"{contract.name}: {column.from_} is {kind}"
        if column.formats and right and "formats" in found[column.to]:
            first = found[column.to]["formats"][0]
            known = [form.replace("%-", "%") for form in column.formats]
            yield "date format", first in known, f"{contract.name}: {first}, {column.formats}"
    if contract.key:
        key = next((value for name, value, _ in source.tail if name == "key"), [])
        yield "key", sorted(key) == sorted(contract.key), f"{contract.name}: {key}, {contract.key}"


def _figures(verdicts: list[Verdict], seconds: float, cpu_seconds: float) -> dict[str, Any]:
    kinds = defaultdict[str, list[int]](lambda: [0, 0])
    for kind, right, _ in verdicts:
        kinds[kind][0] += right
        kinds[kind][1] += 1
    wrong = [f"{kind}: {words}" for kind, right, words in verdicts if not right]
    return {
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "missed": 100 * len(wrong) / len(verdicts),
        "by_kind": {kind: f"{right} of {total}" for kind, (right, total) in sorted(kinds.items())},
        "wrong_ones": wrong,
    }


def _value(kind: str, draw: random.Random, row: int, when: datetime) -> Any:
    match kind:
        case "once":
            return f"K{row:06d}"
        case "id":
            return f"K{draw.randrange(90):05d}"
        case "number":
            return draw.randrange(1, 9)
        case "money":
            return f"{draw.uniform(1, 400):.2f}"
        case "date":
            return f"{when:%Y-%m-%d}"
        case "time":
            return f"{when:%Y-%m-%d %H:%M:%S}"
        case "score":
            return draw.randrange(0, 11)
        case "flag":
            return draw.choice(["Yes", "No"])
        case _:
            return draw.choice([f"{kind} {letter}" for letter in "abcdef"])


STRANGERS: dict[str, tuple[dict[str, str], str, dict[str, str]]] = {
    # superstore sales
    "superstore": (
        {
            "Row ID": "once",
            "Order ID": "id",
            "Order Date": "date",
            "Ship Date": "date",
            "Ship Mode": "mode",
            "Customer ID": "id",
            "Customer Name": "name",
            "Segment": "segment",
            "City": "city",
            "Product ID": "id",
            "Category": "category",
            "Product Name": "product",
            "Sales": "money",
            "Quantity": "number",
            "Discount": "money",
            "Profit": "money",
        },
        "transactions",
        {
            "order_id": "Order ID",
            "ordered_at": "Order Date",
            "customer_id": "Customer ID",
            "product_id": "Product ID",
            "amount": "Sales",
        },
    ),
    # bakery / supermarket tills
    "supermarket": (
        {
            "Invoice ID": "once",
            "Branch": "branch",
            "City": "city",
            "Customer type": "type",
            "Gender": "gender",
            "Product line": "line",
            "Unit price": "money",
            "Quantity": "number",
            "Tax 5%": "money",
            "Total": "money",
            "Date": "date",
            "Time": "clock",
            "Payment": "payment",
            "cogs": "money",
            "Rating": "score",
        },
        "transactions",
        {
            "order_id": "Invoice ID",
            "ordered_at": "Date",
            "unit_price": "Unit price",
            "quantity": "Quantity",
            "product_id": "Product line",
        },
    ),
    # dunnhumby
    "transaction_data": (
        {
            "household_key": "id",
            "BASKET_ID": "id",
            "DAY": "date",
            "PRODUCT_ID": "id",
            "QUANTITY": "number",
            "SALES_VALUE": "money",
            "STORE_ID": "id",
            "RETAIL_DISC": "money",
        },
        "transactions",
        {
            "customer_id": "household_key",
            "order_id": "BASKET_ID",
            "ordered_at": "DAY",
            "product_id": "PRODUCT_ID",
            "amount": "SALES_VALUE",
        },
    ),
    # H&M
    "articles_bought": (
        {"t_dat": "date", "customer_id": "id", "article_id": "id", "price": "money", "sales_channel_id": "number"},
        "transactions",
        {"ordered_at": "t_dat", "customer_id": "customer_id", "product_id": "article_id", "unit_price": "price"},
    ),
    # telco churn
    "telco": (
        {
            "customerID": "once",
            "gender": "gender",
            "SeniorCitizen": "flag",
            "tenure": "number",
            "Contract": "contract",
            "PaymentMethod": "method",
            "MonthlyCharges": "money",
            "TotalCharges": "money",
            "Churn": "flag",
        },
        "customers",
        {"customer_id": "customerID", "gender": "gender"},
    ),
    # support desk
    "helpdesk": (
        {
            "Ticket ID": "once",
            "Requester": "id",
            "Subject": "subject",
            "Created at": "time",
            "Updated at": "time",
            "Assignee": "name",
            "Group": "group",
            "Priority": "priority",
            "Status": "status",
        },
        "tickets",
        {
            "ticket_id": "Ticket ID",
            "customer_id": "Requester",
            "opened_at": "Created at",
            "updated_at": "Updated at",
            "priority": "Priority",
            "status": "Status",
        },
    ),
    # subscription exports of a payment service
    "subscriptions_export": (
        {
            "id": "once",
            "Customer ID": "id",
            "Customer Email": "mail",
            "Plan": "plan",
            "Quantity": "number",
            "Interval": "interval",
            "Amount": "money",
            "Status": "status",
            "Created (UTC)": "time",
            "Canceled At (UTC)": "time",
        },
        "contracts",
        {
            "customer_id": "Customer ID",
            "product": "Plan",
            "amount": "Amount",
            "status": "Status",
            "signed_on": "Created (UTC)",
            "cancelled_on": "Canceled At (UTC)",
        },
    ),
    # product catalogue of a shop system
    "products_export": (
        {
            "Handle": "once",
            "Title": "once",
            "Vendor": "vendor",
            "Type": "type",
            "Variant SKU": "once",
            "Variant Price": "money",
        },
        "products",
        {"product_id": "Variant SKU", "name": "Title", "category": "Type", "list_price": "Variant Price"},
    ),
    # NPS tool
    "nps_export": (
        {"Response ID": "once", "Contact": "id", "Score": "score", "Comment": "comment", "Responded At": "time"},
        "surveys",
        {"customer_id": "Contact", "score": "Score", "answered_at": "Responded At"},
    ),
    # pedidos de uma loja virtual
    "pedidos": (
        {
            "Número do Pedido": "id",
            "Data da Compra": "time",
            "CPF do Cliente": "id",
            "SKU": "id",
            "Nome do Produto": "product",
            "Quantidade": "number",
            "Valor Unitário": "money",
            "Valor do Frete": "money",
            "Forma de Pagamento": "way",
            "UF": "state",
        },
        "transactions",
        {
            "order_id": "Número do Pedido",
            "ordered_at": "Data da Compra",
            "customer_id": "CPF do Cliente",
            "product_id": "SKU",
            "description": "Nome do Produto",
            "quantity": "Quantidade",
            "unit_price": "Valor Unitário",
        },
    ),
}
