"""What arrives: sizes, marks that are only text, and headers that nothing can be added to."""

import json
import re
from datetime import timedelta
from email import message_from_bytes, policy

import pytest

from arcana_assets.alerts import bodies
from arcana_assets.alerts.finding import Finding
from arcana_assets.alerts.message import LETTERS, SHOWN, message_of, trial
from arcana_assets.alerts.state import News, Open
from arcana_assets.components.broken import CHECK
from arcana_assets.customer_360.assets.items import TOLD_APART
from arcana_assets.definitions import build_definitions
from arcana_assets.domain.words import languages
from arcana_assets.presentation.language import language_of
from arcana_assets_tests.alerts.conftest import OnCall, shop

ODD = "<script>alert(1)</script> <!channel> **a** `b` _c_ [x](http://evil.example) &amp; \r\nBcc: x@y.z\u202e 😀"
AT = 1_306_800_000.0


def news(words: str, number: int = 1, domain: str = "retail", name: str = "no_persona_jumps") -> list[News]:
    severities = ("error", "warning")
    return [
        News(
            "new",
            Open(
                Finding(
                    "check", (f"retail/gold/t{at}", name), severities[at % 2], words, domain, AT, "run-1", ("2011-05",)
                ),
                AT,
            ),
        )
        for at in range(number)
    ]


def email(message) -> bytes:
    return bodies.email(message, "Arcana <arcana@empresa.com.br>", ["a@empresa.com.br"], moment())


def moment():
    from datetime import UTC, datetime

    return datetime.fromtimestamp(AT, UTC)


KINDS = {"email": email, "slack": bodies.slack, "teams": bodies.teams, "webhook": bodies.webhook}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("words", ["x " * 500, "ç" * 2000, "😀" * 2000, ODD * 40], ids=["x", "ç", "emoji", "odd"])
def test_200_findings_are_one_message_that_every_channel_takes(retail, kind, words):
    message = message_of(news(words, 200), [retail], "https://dagster.empresa")
    body = KINDS[kind](message)
    assert len(body) <= 30_000
    if kind == "webhook":
        told = json.loads(body)
        assert told["total"] == 200
        assert len(told["findings"]) <= SHOWN
    if kind == "slack":
        told = json.loads(body)
        assert len(told["blocks"]) <= 50
        assert all(len(each["text"]["text"]) <= 3000 for each in told["blocks"] if each["type"] == "section")
        assert re.search(r"e mais 1[89]\d", body.decode())


def test_a_finding_has_600_letters_at_most_and_errors_come_first(retail):
    from arcana_assets.alerts.state import State

    message = message_of(news("x" * 2000, 30), [retail])
    assert len(message.entries) == SHOWN
    assert message.more == "e mais 10"
    assert all(len(each.title + each.domain + each.words + each.facts) <= LETTERS for each in message.entries)
    state = State(AT, AT, open={each.of.finding.key: each.of for each in news("x", 6)})
    assert [each.finding.severity for each in state.standing] == ["error"] * 3 + ["warning"] * 3


def test_what_was_found_is_only_text_whatever_it_says(retail):
    domain = retail.model_copy(update={"title": "Loja\r\nBcc: x@y.z <b>"})
    message = message_of(news(ODD, name=ODD), [domain], "https://dagster.empresa")
    raw = email(message)
    mail = message_from_bytes(raw, policy=policy.default)
    assert mail["Bcc"] is None
    assert sorted(mail.keys()) == sorted(
        ["Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"]
    )
    html = mail.get_body(("html",)).get_content()
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    told = json.loads(bodies.slack(message))
    texts = [each["text"] for each in told["blocks"] if each["type"] in ("header", "section")]
    assert {each["type"] for each in texts} == {"plain_text"}
    marked = [each for block in told["blocks"] for each in block.get("elements", []) if each["type"] == "mrkdwn"]
    assert [each["text"] for each in marked] == ["<https://dagster.empresa/runs/run-1|Ver a execução>"]
    assert "<" not in told["text"]
    (card,) = json.loads(bodies.teams(message))["attachments"]
    blocks = card["content"]["body"]
    assert {each["type"] for each in blocks} == {"RichTextBlock"}
    assert {run["type"] for each in blocks for run in each["inlines"]} == {"TextRun"}
    for body in (html, json.dumps(told), json.dumps(card)):
        assert "\u202e" not in body
        assert "\\u202e" not in body


def test_domains_of_two_languages_are_told_in_the_first_of_the_platform(retail):
    shop_en = retail.model_copy(update={"name": "shop", "title": "Shop", "language": "en"})
    english = message_of(news("x", 1, "shop"), [retail, shop_en])
    assert english.subject == "Arcana: 1 error (Shop)"
    assert english.entries[0].title == "A persona grew or shrank too much [no_persona_jumps]"
    both = message_of([*news("x", 1, "shop"), *news("x")], [retail, shop_en])
    assert both.subject == "Arcana: 2 erros (Shop, Varejo)"


@pytest.mark.parametrize("code", languages())
def test_every_check_of_the_platform_has_a_title_and_no_other_has(code):
    checks = {key.name for key in build_definitions().resolve_asset_graph().asset_check_keys}
    assert len(checks) > 50
    # That of a domain that cannot be read is there where one cannot, that of items where these are no products.
    assert sorted((checks | {CHECK, TOLD_APART}) ^ language_of(code).texts["alerts"]["checks"].keys()) == []


def test_a_check_without_a_title_is_told_by_its_name(retail):
    assert message_of(news("x", name="of_tomorrow"), [retail]).entries[0].title == "of_tomorrow"


@pytest.mark.parametrize("kind", KINDS)
def test_a_trial_says_that_nothing_is_wrong(kind):
    body = KINDS[kind](trial(language_of(), AT))
    words = (
        body.decode() if kind != "email" else message_from_bytes(body, policy=policy.default).get_body().get_content()
    )
    assert "Este canal está certo" in words


def test_200_checks_of_a_run_are_told_in_one_message_by_each_channel(on_call: OnCall) -> None:
    import dagster as dg

    table = dg.AssetKey(["retail", "gold", "wide"])
    names = [f"check_{number:03}" for number in range(200)]

    @dg.multi_asset_check(specs=[dg.AssetCheckSpec(name, asset=table) for name in names])
    def all_of_them():
        for name in names:
            yield dg.AssetCheckResult(
                asset_key=table,
                check_name=name,
                passed=False,
                severity=dg.AssetCheckSeverity.WARN,
                description="x" * 900,
            )

    assert shop(set())  # the domain's own definitions stay as they are
    definitions = dg.Definitions(
        assets=[dg.AssetSpec(table)],
        asset_checks=[all_of_them],
        jobs=[dg.define_asset_job("checks", selection=dg.AssetSelection.all_asset_checks())],
    )
    definitions.resolve_job_def("checks").execute_in_process(instance=on_call.instance)
    assert len(on_call.look().standing) == 200
    assert max(len(each) for each in on_call.mailbox.raw) < 30_000
    assert [content["total"] for _, content in on_call.site.posts if "total" in content] == [200]
    assert on_call.told() == (1, 2)
    on_call.look()
    assert on_call.told() == (0, 0)


def test_what_is_sent_again_has_its_id_and_the_reminder_of_the_next_day_another(retail):
    def ident(change: str, days: int) -> str:
        message = message_of([News(change, news("x")[0].of)], [retail])
        body = bodies.email(message, "a@empresa.com.br", ["b@empresa.com.br"], moment() + timedelta(days=days))
        return message_from_bytes(body)["Message-ID"]

    assert ident("new", 0) == ident("new", 0)
    assert len({ident("still", days) for days in (0, 1, 2)}) == 3
