"""Domains drafted from businesses that no shipped domain is like, and from files with which something is wrong."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from arcana_assets.domain.contract.contract import Contract
from arcana_assets.domain.folder import load_domain
from arcana_assets.drafting.draft import draft_of
from arcana_assets.drafting.entities import tokens
from arcana_assets.drafting.guess import DraftError, vocabulary
from arcana_assets.drafting.source import put_helper
from arcana_assets.drafting.writing import write
from arcana_assets.samples.retail.folder import write_retail_drop
from arcana_assets_tests.drafting.businesses import grocery, marketplace, software

SALES = "pedido;cliente;produto;data;quantidade;preço\n" + "".join(
    f"{n};c{n % 7};p{n % 5};{n % 28 + 1:02d}/03/2024;{n % 3 + 1};{n},50\n" for n in range(60)
)


def drafted(folder: Path, language: str = "pt-BR", name: str = "mine"):
    return draft_of(name, sorted(path for path in folder.iterdir() if path.is_file()), language)


def source(draft, name):
    return next(each for each in draft.sources if each.name == name)


def mapped(draft, name):
    return {said["to"]: said["from"] for said, _ in source(draft, name).columns}


def tail_of(draft, name):
    return {key: value for key, value, _ in source(draft, name).tail}


def test_a_grocery_chain_loads_with_totals_where_pieces_are_kilograms(tmp_path):
    draft = drafted(grocery(tmp_path / "files"))
    sales = source(draft, "vendas")
    assert sales.format == {"kind": "csv", "delimiter": ";", "encoding": "latin-1", "decimal": ",", "thousands": "."}
    assert mapped(draft, "vendas") == {
        "order_id": "Nº do cupom",
        "ordered_at": "Data da venda",
        "product_id": "Cód. produto",
        "description": "Descrição",
        "store_id": "Loja",
        "customer_id": "Cliente",
        "unit_price": "Valor total",
    }
    (price,) = (said for said, _ in sales.columns if said["to"] == "unit_price")
    assert price["clean"] == ["trim", {"remove_prefix": "R$"}, "trim"]
    assert "quantities have fractions" in " ".join(sales.to_look_at)
    assert mapped(draft, "produtos") == {
        "product_id": "Código",
        "name": "Produto",
        "category": "Seção",
        "list_price": "Preço",
    }
    assert draft.settings.get("currency") == "BRL"
    assert draft.settings.get("start") == "2024-01"
    folder, wrong = write(draft, tmp_path)
    assert wrong == ""
    assert load_domain(folder).groupings == ["valor", "categorias"]


def test_the_items_of_a_marketplace_look_up_in_its_orders_who_bought_and_when(tmp_path):
    draft = drafted(marketplace(tmp_path / "files"), "en")
    items = source(draft, "order_items")
    assert items.entity == "transactions"
    assert mapped(draft, "order_items")["unit_price"] == "price"
    assert "freight_value" not in mapped(draft, "order_items").values()
    assert "'order_status' has cancelled ones, which count; `where` leaves them out" in items.to_look_at
    assert draft.settings.get("start") == "2023-02"
    folder, wrong = write(draft, tmp_path)
    assert wrong == ""
    (join,) = load_domain(folder).sources["order_items"].join
    assert (join.source, join.key, [*join.brought]) == (
        "orders",
        {"order_id": "order_id"},
        ["ordered_at", "customer_id"],
    )


def test_what_no_other_file_has_is_to_be_filled_in_and_the_domain_loads_without_it(tmp_path):
    files = marketplace(tmp_path / "files")
    (files / "orders.csv").unlink()
    draft = drafted(files, "en")
    assert not source(draft, "order_items").finished
    folder, wrong = write(draft, tmp_path)
    assert wrong == "", "a source that is not complete is set aside, so that the domain loads"
    assert (folder / "sources" / "_order_items.yaml").read_text().count("# TO FILL IN") == 1
    assert "# TO FILL IN: sources/_order_items.yaml: transactions requires ordered_at" in (
        (folder / "defs.yaml").read_text()
    )
    assert [*load_domain(folder).sources] == ["customers"]


def test_the_use_of_software_finds_its_account_by_its_subscription(tmp_path):
    draft = drafted(software(tmp_path / "files"), "en")
    assert {each.name: each.entity for each in draft.sources} == {
        "mrr": "subscriptions",
        "subscriptions_customers": "customers",
        "subscriptions": "contracts",
        "subscriptions_reference": "reference",
        "usage_events": "usage",
    }
    assert mapped(draft, "subscriptions")["customer_id"] == "account_id"
    lookup = next(value for key, value, _ in source(draft, "subscriptions").tail if key == "lookups")
    assert lookup == [{"to": "is_active", "from": "status", "values": {"active": True}, "default": False}]
    assert draft.settings.get("usage") == {"unit": "seconds", "longest_hours": 24}
    folder, wrong = write(draft, tmp_path)
    assert wrong == ""
    (join,) = load_domain(folder).sources["usage_events"].join
    assert (join.source, [*join.brought]) == ("subscriptions_reference", ["customer_id"])


def test_the_sample_shop_is_drafted_as_it_is_shipped_with_a_comment_beside_each_guess(tmp_path):
    write_retail_drop(tmp_path / "files", customers=40, months=2, seed=7)
    draft = draft_of("shop", sorted((tmp_path / "files").rglob("*.csv")), "en")
    folder, wrong = write(draft, tmp_path)
    assert wrong == ""
    text = (folder / "sources" / "transactions.yaml").read_text()
    assert "encoding: latin-1" in text
    assert "{from: InvoiceDate, to: ordered_at, clean: [trim], formats: ['%m/%d/%Y %H:%M']}  # sure: date" in text
    assert "the month comes first" in text
    assert all("  # " in line for line in text.splitlines() if line.startswith("  - {from"))
    assert len(source(draft, "transactions").tabled.files) == 2


def test_a_folder_that_is_there_is_never_written_over(tmp_path):
    write_retail_drop(tmp_path / "files", customers=20, months=1, seed=7)
    draft = draft_of("shop", sorted((tmp_path / "files").rglob("*.csv")), "en")
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "mine.txt").write_text("mine")
    with pytest.raises(DraftError, match="is there already, and nothing is written over"):
        write(draft, tmp_path)
    assert [path.name for path in (tmp_path / "shop").iterdir()] == ["mine.txt"]


def test_files_that_are_no_data_end_with_what_they_are(tmp_path):
    (tmp_path / "photo.png").write_bytes(b"\x89PNG")
    (tmp_path / "names.csv").write_text("name\nAna\n")
    (tmp_path / "weather.csv").write_text("station,rain\na,1\nb,2\n")
    with pytest.raises(DraftError) as none:
        drafted(tmp_path)
    for said in (
        "photo.png: a file that ends in '.png'",
        "names.csv: the file has one column",
        "weather.csv: its columns",
    ):
        assert said in str(none.value)


def test_two_files_that_claim_one_entity_are_asked_about(tmp_path):
    (tmp_path / "vendas.csv").write_text(SALES)
    (tmp_path / "pedidos.csv").write_text(SALES)
    (question,) = drafted(tmp_path).questions
    assert "pedidos.csv and vendas.csv both seem to be transactions" in question


def test_a_date_that_is_ambiguous_in_every_row_is_told_in_the_contract(tmp_path):
    (tmp_path / "vendas.csv").write_text(
        "pedido;cliente;produto;data;quantidade;preço\n"
        + "".join(f"{n};c{n % 7};p{n % 5};{n % 9 + 1:02d}/{n % 7 + 1:02d}/2024;1;{n},50\n" for n in range(60))
    )
    draft = drafted(tmp_path)
    assert "NO ROW TELLS DAY FROM MONTH" in source(draft, "vendas").to_look_at[0]
    folder, _ = write(draft, tmp_path)
    assert "# TO LOOK AT: 'data' (ordered_at): unsure: NO ROW TELLS" in (folder / "sources/vendas.yaml").read_text()


def test_codes_that_two_files_spell_differently_are_brought_together(tmp_path):
    (tmp_path / "clientes.csv").write_text("cliente;cidade\n" + "".join(f"C{n:02d};Porto\n" for n in range(20)))
    (tmp_path / "uso.csv").write_text(
        "cliente;inicio;modulo;duracao\n"
        + "".join(f"C{n % 20:02d}00;2024-05-{n % 28 + 1:02d};m1;{n}\n" for n in range(50))
    )
    draft = drafted(tmp_path)
    (said,) = (said for said, _ in source(draft, "uso").columns if said["to"] == "customer_id")
    assert said["clean"] == ["trim", {"remove_suffix": "00"}]


def test_a_customer_that_no_header_tells_is_found_by_its_codes(tmp_path):
    (tmp_path / "clientes.csv").write_text("cliente;cidade\n" + "".join(f"C{n:02d};Porto\n" for n in range(20)))
    (tmp_path / "chamados.csv").write_text(
        "chamado;xyz;aberto em;status\n"
        + "".join(f"{n};C{n % 20:02d};2024-05-{n % 28 + 1:02d};novo\n" for n in range(50))
    )
    assert mapped(drafted(tmp_path), "chamados")["customer_id"] == "xyz"


def test_a_language_that_there_are_no_words_of_is_refused(tmp_path):
    (tmp_path / "vendas.csv").write_text(SALES)
    with pytest.raises(DraftError, match="no words of the language 'fr' to draft with; known: pt-BR, en"):
        drafted(tmp_path, "fr")


@pytest.mark.parametrize("language", ["pt-BR", "en"])
def test_a_domain_loads_in_each_language_and_its_names_are_of_it(tmp_path, language):
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "vendas.csv").write_text(SALES)
    folder, wrong = write(drafted(tmp_path / "files", language), tmp_path)
    assert wrong == ""
    text = (folder / "defs.yaml").read_text()
    for other, words in vocabulary()["languages"].items():
        assert (words["best"] in text) is (other == language)
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("header", "concepts"),
    [
        ("CD_CLIENTE", ["id", "customer"]),
        ("InvoiceNo", ["order", "id"]),
        ("productlineid", ["product", "line", "id"]),
        ("Cód. Produto", ["id", "product"]),
        ("codcliente", ["id", "customer"]),
    ],
)
def test_headers_are_read_in_both_languages_and_written_together(header, concepts):
    assert [concept in said for concept, (said, _) in zip(concepts, tokens(header), strict=True)] == [True] * len(
        concepts
    )


def test_questions_of_a_survey_are_known_by_what_they_ask_about_and_its_occasion_by_the_file(tmp_path):
    (tmp_path / "nps_suporte.csv").write_text(
        "cliente;data da resposta;Nota NPS;Nota_Agilidade;Nota Custos\n"
        + "".join(f"c{n % 9};2024-05-{n % 28 + 1:02d};{n % 11};{n % 10};{n % 8}\n" for n in range(40))
    )
    draft = drafted(tmp_path)
    columns = {"score": "Nota NPS", "aspect_agility": "Nota_Agilidade", "aspect_cost": "Nota Custos"}
    assert columns.items() <= mapped(draft, "nps_suporte").items()
    assert ("constants", {"kind": "support"}) in [(key, value) for key, value, _ in source(draft, "nps_suporte").tail]


def test_receipts_that_name_a_store_and_what_was_paid_are_sales_and_no_orders(tmp_path):
    (tmp_path / "notas.csv").write_text(
        "nota;emitida em;loja;cliente;canal;valor\n"
        + "".join(f"{n};{n % 28 + 1:02d}/03/2024;L{n % 5};c{n % 9};caixa;{n},50\n" for n in range(60))
    )
    draft = drafted(tmp_path)
    assert source(draft, "notas").entity == "transactions"
    assert mapped(draft, "notas")["unit_price"] == "valor"


def test_names_of_columns_that_go_on_in_the_next_line_are_for_a_person_and_break_no_draft(tmp_path):
    (tmp_path / "files").mkdir()
    text = SALES.replace("preço", '"preço\npor peça"').replace("produto", '"produto\nmeu: x"')
    (tmp_path / "files" / "vendas.csv").write_text(text, encoding="utf-8")
    draft = drafted(tmp_path / "files")
    [sales] = draft.sources
    assert any("write the name of each column on one line" in each for each in sales.to_fill_in)
    # The lines below are rows, and none of them is a part of the header.
    assert (sales.tabled.table.num_rows, sales.tabled.malformed) == (60, 0)
    folder, _ = write(draft, tmp_path / "defs")
    written = yaml.safe_load((folder / "sources" / "_vendas.yaml").read_text(encoding="utf-8"))
    named = {column["from"] for column in written["columns"]} | {*written["ignored"]}
    assert {"preço por peça", "produto meu: x"} <= named
    assert {*written} <= {*Contract.model_fields}


def sheet(folder: Path, rows: int = 60) -> Path:
    """A sheet of sales as spreadsheets have them: pieces, the total of the line, a discount as a share."""
    (folder / "sheet.csv").write_text(
        "Order ID,Order Date,Customer ID,Product ID,Sales,Quantity,Discount\n"
        + "".join(
            f"o{n},{n % 28 + 1:02d}/03/2024,c{n % 7},p{n % 5},{n + 1}.75,{n % 4 + 1},0.{n % 3}\n" for n in range(rows)
        )
    )
    return folder


def test_a_total_beside_whole_pieces_is_the_amount_of_the_line_and_a_share_is_no_discount(tmp_path):
    draft = drafted(sheet(tmp_path), "en")
    sales = source(draft, "sheet")
    assert {"amount": "Sales", "quantity": "Quantity"}.items() <= mapped(draft, "sheet").items()
    assert not {"unit_price", "discount"} & {*mapped(draft, "sheet")}
    assert not any(key == "constants" for key, _, _ in sales.tail)
    assert any("'Sales' is taken for the total of the line" in each for each in sales.to_look_at)
    assert any("'Discount' is at most 1, which is a share or little money" in each for each in sales.to_look_at)
    folder, wrong = write(draft, tmp_path / "defs")
    assert wrong == ""
    text = (folder / "defs.yaml").read_text()
    assert "one kind of files" in text
    assert "&id" not in text, "no anchors: a person reads it"


@pytest.mark.parametrize(
    ("less", "read", "said"),
    [
        (lambda before, cut: before - cut, "discount", "'Discount' is at most 1 and money all the same"),
        (lambda before, cut: before * (1 - cut), None, "'Discount' is a share and no money, by the totals of lines"),
        (lambda before, cut: before + 3, None, "'Discount' is at most 1, which is a share or little money"),
    ],
)
def test_totals_tell_whether_a_discount_is_money_or_a_share(tmp_path, less, read, said):
    lines = [(n, n % 3 + 1, n % 9 + 2.5, (n % 4) / 4) for n in range(60)]
    (tmp_path / "sales.csv").write_text(
        "Order ID,Order Date,Customer ID,Product ID,Quantity,Unit Price,Discount,Total Amount\n"
        + "".join(
            f"o{n},{n % 28 + 1:02d}/03/2024,c{n % 7},p{n % 5},{pieces},{price:.2f},{cut:.2f},"
            f"{less(pieces * price, cut):.2f}\n"
            for n, pieces, price, cut in lines
        )
    )
    draft = drafted(tmp_path, "en")
    assert [each for each in source(draft, "sales").to_look_at if each.startswith(said)]
    found = {to for to, of in mapped(draft, "sales").items() if of in ("Discount", "Total Amount", "Unit Price")}
    told = said != "'Discount' is at most 1, which is a share or little money"
    assert found == {"unit_price", *({"amount"} if told else ()), *({read} if read else ())}
    assert write(draft, tmp_path / "defs")[1] == ""


def test_a_date_of_an_end_is_taken_only_with_a_doubt_and_a_birthday_never(tmp_path):
    def drafted_with(*names: str):
        rows = "".join(f"o{n},c{n % 7},p{n % 5},2,{n}.50,2024-03-{n % 28 + 1:02d},2024-02-11\n" for n in range(60))
        head = ",".join(["order_id,customer_id,product_id,quantity,unit_price", *names])
        (tmp_path / "orders.csv").write_text(f"{head}\n{rows}")
        return drafted(tmp_path, "en")

    draft = drafted_with("closed_date", "customer_birth_date")
    assert mapped(draft, "orders")["ordered_at"] == "closed_date"
    doubt = "'closed_date' is taken for ordered_at, because no date fits better"
    assert any(each.startswith(doubt) for each in source(draft, "orders").to_look_at)
    draft = drafted_with("closed_date", "order_date")
    assert mapped(draft, "orders")["ordered_at"] == "order_date"
    assert not any("no date fits better" in each for each in source(draft, "orders").to_look_at)
    draft = drafted_with("birth_date", "customer_birth_date")
    assert "ordered_at" not in mapped(draft, "orders")
    assert source(draft, "orders").to_fill_in == [
        "transactions requires ordered_at, and no column of the file seems to be it"
    ]


def test_the_last_day_of_a_delivery_is_not_when_an_item_was_bought(tmp_path):
    files = marketplace(tmp_path / "files")
    lines = (files / "order_items.csv").read_text().splitlines()
    days = [f"2023-09-{n % 28 + 1:02d} 10:00:00" for n in range(len(lines))]
    text = "\n".join(f"{line},{'shipping_limit_date' if not n else days[n]}" for n, line in enumerate(lines))
    (files / "order_items.csv").write_text(f"{text}\n")
    orders = [line.split(",")[0] for line in (files / "orders.csv").read_text().splitlines()[1:]]
    reviews = "".join(f"r{n},{order},2023-08-{n % 28 + 1:02d}\n" for n, order in enumerate(orders))
    (files / "order_reviews.csv").write_text(f"review_id,order_id,review_creation_date\n{reviews}")
    draft = drafted(files, "en")
    assert "ordered_at" not in mapped(draft, "order_items")
    (join,) = (value for key, value, _ in source(draft, "order_items").tail if key == "join")
    assert join == {"source": "orders", "on": "order_id", "columns": ["ordered_at", "customer_id"]}


def test_customers_who_are_another_one_in_each_order_are_told_with_the_code_beside_theirs(tmp_path):
    (tmp_path / "orders.csv").write_text(
        "order_id,customer_id,order_status,order_date\n"
        + "".join(f"o{n},a{n},delivered,2024-03-{n % 28 + 1:02d}\n" for n in range(40))
    )
    (tmp_path / "customers.csv").write_text(
        "customer_id,customer_unique_id,customer_city\n" + "".join(f"a{n},u{n % 30},Faro\n" for n in range(40))
    )
    (told,) = source(drafted(tmp_path, "en"), "orders").to_look_at
    assert told.startswith("'customer_id' is another one in each order, so that nobody buys twice")
    assert "customers.csv has 'customer_unique_id' beside it" in told


def test_how_long_names_are_is_no_name_and_codes_stand_for_names_that_there_are_none_of(tmp_path):
    (tmp_path / "products.csv").write_text(
        "product_id,product_category_name,product_name_lenght\n"
        + "".join(f"p{n:03d},cat{n % 6},{40 + n % 9}\n" for n in range(60))
    )
    draft = drafted(tmp_path)
    assert source(draft, "products").finished
    assert mapped(draft, "products") == {
        "product_id": "product_id",
        "name": "product_id",
        "category": "product_category_name",
    }
    assert source(draft, "products").to_look_at == [
        "no column names the products, so that their codes stand for their names"
    ]


def test_subscriptions_with_begin_and_end_say_nothing_of_customers_and_are_periods(tmp_path):
    files = software(tmp_path / "files")
    (files / "mrr.tsv").unlink()
    (files / "accounts.csv").write_text(
        "account_id,country,signup_date\n" + "".join(f"ACC{n:03d},BR,2023-01-{n + 1:02d}\n" for n in range(25))
    )
    (files / "subscriptions.tsv").write_text(
        "subscription_id\taccount_id\tstart_date\tend_date\tplan_tier\tmrr_amount\tarr_amount\n"
        + "".join(
            f"SUB-{n:04d}\tACC{n % 25:03d}\t2023-{n % 12 + 1:02d}-15\t2024-{n % 12 + 1:02d}-11\t{'ABC'[n % 3]}\t"
            f"{20 + n}\t{240 + 12 * n}\n"
            for n in range(90)
        )
    )
    (files / "usage_events.tsv").write_text(
        (files / "usage_events.tsv").read_text().replace("duration_seconds", "duration_secs")
    )
    (files / "churn_events.csv").write_text(
        "churn_event_id,account_id,churn_date,reason_code\n"
        + "".join(f"C{n},ACC{n % 25:03d},2024-05-{n % 28 + 1:02d},r{n % 4}\n" for n in range(30))
    )
    draft = drafted(files, "en")
    assert [each.name for each in draft.sources if each.entity == "customers"] == ["accounts"]
    assert tail_of(draft, "subscriptions")["periods"] == {"start": "started_on", "end": "ended_on"}
    assert not any("each row counts in every month" in each for each in source(draft, "subscriptions").to_look_at)
    (usage,) = (each for each in draft.settings.attributes if each[0] == "usage")
    assert usage[2] == "likely: the header of the durations says so"
    assert not [each for each in draft.sources if each.name == "churn_events" and each.finished]
    ignored = {key: comment for key, _, comment in source(draft, "usage_events").tail}
    assert "subscription_id:" not in ignored.get("ignored", "")


def test_nobody_is_called_frequent_where_nearly_everybody_has_one_order(tmp_path):
    (tmp_path / "vendas.csv").write_text(SALES)
    value, _ = drafted(tmp_path).settings.get("segmentations")
    frequent, *_ = value["personas"]["rules"]
    assert frequent["name"] == "Frequentes de {level} Valor"
    assert frequent["when"]["frequency"] == {"lift_at_least": 1, "mean_at_least": 1.5}


def test_what_contracts_own_is_their_product_where_none_says_its_line(tmp_path):
    (tmp_path / "contratos.csv").write_text(
        "cliente;produto;modelo comercial;assinado em;valor do contrato;situacao do contrato\n"
        + "".join(f"c{n % 30};p{n % 4};assinatura;2024-{n % 9 + 1:02d}-05;{n + 9};ativo\n" for n in range(90))
    )
    (tmp_path / "clientes.csv").write_text("cliente;cidade\n" + "".join(f"c{n};Porto\n" for n in range(30)))
    settings = drafted(tmp_path).settings
    assert settings.get("recommendations") is not None
    assert settings.get("items") == {"of": "product"}


@pytest.mark.parametrize(
    "header", ["Total", "Amount", "Revenue", "Total Price", "Subtotal", "Valor", "Valor Total", "Venda"]
)
def test_an_amount_beside_pieces_without_a_price_is_the_total_of_the_line_and_said(tmp_path, header):
    sold = [f"O{n},2024-0{1 + n % 6}-1{n % 9},C{n % 17},Lamp,{1 + n % 3},{n % 11 + 1}.50\n" for n in range(60)]
    (tmp_path / "sales.csv").write_text(f"Order,Date,Customer,Product,Quantity,{header}\n" + "".join(sold))
    draft = drafted(tmp_path)
    assert mapped(draft, "sales")["amount"] == header
    assert any("taken for the total of the line" in each for each in source(draft, "sales").to_look_at)


def test_what_is_joined_by_is_taken_out_of_the_unread_columns_and_no_other_that_ends_alike():
    tail = [("ignored", ["order_id", "id", "zip"], "known: order_id: a code; id: another; zip: a number")]
    joined = SimpleNamespace(tail=tail)
    put_helper(joined, {"from": "id", "to": "id"}, "for the join")
    assert joined.tail[0] == ("ignored", ["order_id", "zip"], "known: order_id: a code; zip: a number")
