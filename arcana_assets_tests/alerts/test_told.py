"""Who is told what and when, by runs of a real instance and servers on loopback.

Slow: each of these tests computes months of a domain.
"""

import time
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from arcana_assets.alerts import channels, closed, state
from arcana_assets.alerts.closed import Closed, UnreadableClosed, save_closed
from arcana_assets.alerts.finding import Severity
from arcana_assets.alerts.state import load_state
from arcana_assets_tests.alerts.conftest import SECRET, SENTENCE, OnCall

pytestmark = pytest.mark.slow

HOOK = f"/hook/{SECRET}"


def test_each_kind_of_run_tells_what_the_design_says(on_call: OnCall) -> None:
    def after(*failing: str, **how) -> tuple[int, int]:
        on_call.run(*failing, **how)
        on_call.look()
        return on_call.told()

    assert after("warns") == (1, 2)  # the run is green
    assert after("warns") == (0, 0)  # within a day it is counted
    assert load_state(on_call.instance, time.time()).standing[0].times == 2
    assert after("warns", "blocks") == (1, 2)  # one message, of the check and of the run
    assert len(on_call.look().standing) == 3
    on_call.run()
    on_call.look()
    assert [each["change"] for each in on_call.site.of(HOOK)[0]["findings"]] == ["resolved"] * 3
    assert on_call.told() == (1, 2)
    assert after(error=ValueError("x"), tags={"dagster/will_retry": "true"}) == (0, 0)
    on_call.site.codes = dict.fromkeys([HOOK, f"/slack/{SECRET}"], 500)
    on_call.run(error=ValueError("x"))
    on_call.look()
    assert len(on_call.mailbox.raw) == 1
    assert [outcome.told for outcome in on_call.outcomes.values()] == [True, False, False]
    on_call.site.codes = {}
    on_call.told()
    on_call.look()
    assert on_call.told() == (0, 2)  # who was told is not told again
    on_call.look()
    assert on_call.told() == (0, 0)
    assert after() == (1, 2)


def test_a_warning_says_table_sentence_months_and_links(on_call: OnCall) -> None:
    run = on_call.run("warns")
    on_call.look()
    (mail,) = on_call.mailbox.mails
    assert mail["Subject"] == "Arcana: 1 aviso (Varejo)"
    assert mail["To"] == "plantao@empresa.com.br, dados@empresa.com.br"
    told = mail.get_body(("plain",)).get_content()
    for part in (
        "AVISO · Varejo · Uma persona cresceu ou encolheu demais (no_persona_jumps)",
        SENTENCE,
        "gold/segment_migration · novo · desde ",
        "mês 05/2011",
        f"https://dagster.empresa/runs/{run.run_id}",
        "docs/operate.md#when-something-is-red",
    ):
        assert part in told
    (posted,) = on_call.site.of(HOOK)
    (finding,) = posted["findings"]
    assert finding["key"] == "check:retail/gold/segment_migration:no_persona_jumps"
    assert (finding["severity"], finding["words"], finding["months"]) == ("warning", SENTENCE, ["2011-05"])


def test_a_failed_step_says_its_cause_but_not_the_words_of_others(on_call: OnCall) -> None:
    on_call.run(error=dg.Failure("the file 2011-05.csv has no column 'Quantity'"))
    on_call.run(error=ValueError("could not convert 'C123456' to a number"), month="2011-04-01")
    on_call.look()
    told = on_call.mailbox.mails[0].get_body(("plain",)).get_content()
    assert "the file 2011-05.csv has no column 'Quantity'" in told
    assert "retail__gold__segment_migration: ValueError" in told
    assert "C123456" not in told


def test_a_run_of_other_months_ends_nothing_and_one_of_more_does(on_call: OnCall) -> None:
    on_call.run(error=ValueError("x"), month="2011-04-01")
    on_call.run(month="2011-05-01")
    assert [each.finding.months for each in on_call.look().standing] == [("2011-04",)]
    on_call.run(month="2011-04-01")
    assert on_call.look().standing == []


def test_what_stays_is_told_once_a_day_whatever_the_clock_does(on_call: OnCall) -> None:
    on_call.run("warns")
    on_call.look()
    assert on_call.told() == (1, 2)
    on_call.shift = state.DAY - 60
    on_call.look()
    assert on_call.told() == (0, 0)
    on_call.shift = state.DAY + 60
    on_call.look()
    assert [each["change"] for each in on_call.site.of(HOOK)[0]["findings"]] == ["still"]
    assert on_call.told() == (1, 2)
    on_call.shift = 0.0  # the clock is put right
    on_call.run("warns", "blocks")  # and a run that ends now is not missed
    on_call.look()
    assert on_call.told() == (1, 2)
    on_call.look()
    assert on_call.told() == (0, 0)
    on_call.shift = state.DAY + 60
    on_call.look()
    assert on_call.told() == (1, 2)


def test_who_is_killed_after_the_message_and_before_it_is_noted_tells_once_more(
    on_call: OnCall, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_call.run("warns")
    with monkeypatch.context() as killed:
        killed.setattr(state.State, "save", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            on_call.look()
    ids = [mail["Message-ID"] for mail in on_call.mailbox.mails]
    assert on_call.told() == (1, 2)
    assert on_call.look().standing[0].times == 1
    assert [mail["Message-ID"] for mail in on_call.mailbox.mails] == ids  # a mailbox knows that it has it
    assert on_call.told() == (1, 2)
    on_call.look()
    assert on_call.told() == (0, 0)


def test_a_channel_that_hangs_or_leads_elsewhere_delays_nobody(
    on_call: OnCall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("arcana_assets.alerts.look.tell_all", lambda *args: channels.tell_all(*args, seconds=2.0))
    on_call.site.waits = {f"/slack/{SECRET}": 20.0}
    on_call.site.codes = {HOOK: 307}
    on_call.run("warns")
    begun = time.monotonic()
    on_call.look()
    assert time.monotonic() - begun < 15
    said = {name.partition(":")[0]: outcome for name, outcome in on_call.outcomes.items()}
    assert said["email"] == (True, "")
    assert said["slack"] == (False, "expected an answer within 2 s, found none")
    assert said["webhook"].said.startswith("HTTP 307: ARCANA_ALERT_HOOK_URL leads elsewhere, which is refused")
    assert on_call.site.of("/elsewhere") == []


def test_a_mail_server_that_is_away_is_told_of_once_it_is_there(on_call: OnCall) -> None:
    there = on_call.deployment
    away = {**there.alert_secrets, "ARCANA_ALERT_SMTP_PORT": "9"}
    on_call.deployment = replace(there, alert_secrets=away)
    on_call.run("warns")
    on_call.look()
    assert on_call.told() == (0, 2)
    (outcome, *_) = on_call.outcomes.values()
    assert outcome == (False, "the server cannot be reached: Connection refused")
    on_call.run("warns")
    on_call.deployment = there
    on_call.look()
    assert "visto 2 vezes" in on_call.mailbox.mails[0].get_body(("plain",)).get_content()
    assert on_call.told() == (1, 0)


def test_a_refused_address_does_not_have_the_others_told_twice(on_call: OnCall) -> None:
    on_call.mailbox.refuses = {"dados@"}
    on_call.run("warns")
    on_call.look()
    assert next(iter(on_call.outcomes.values())) == (True, "the mail server refused 1 of 2 addresses")
    on_call.told()
    on_call.look()
    assert on_call.told() == (0, 0)


def test_a_password_is_not_sent_in_the_clear(on_call: OnCall) -> None:
    secrets = {**on_call.deployment.alert_secrets, "ARCANA_ALERT_SMTP_USER": "u", "ARCANA_ALERT_SMTP_PASSWORD": SECRET}
    on_call.deployment = replace(on_call.deployment, alert_secrets=secrets)
    on_call.run("warns")
    on_call.look()
    assert next(iter(on_call.outcomes.values())).said.startswith("the mail server offers no TLS")
    assert not any("AUTH" in command for command in on_call.mailbox.commands)


def test_channels_hear_of_what_concerns_them(on_call: OnCall) -> None:
    Path(on_call.deployment.alerts_file).write_text(
        "channels:\n"
        "  - {webhook: ARCANA_ALERT_HOOK_URL, from: error}\n"
        "  - {slack: ARCANA_ALERT_SLACK_URL, owners: [team:crm]}\n"
        "  - {teams: ARCANA_ALERT_TEAMS_URL, domains: [retail]}\n"
    )
    crm = on_call.domains[0].model_copy(update={"name": "crm", "owners": ["team:crm"]})
    on_call.domains = [*on_call.domains, crm]
    on_call.run("warns")
    on_call.look()
    assert [path.split("/")[1] for path, _ in on_call.site.posts] == ["teams"]
    on_call.told()
    on_call.run("warns", "blocks")
    on_call.look()
    assert sorted(path.split("/")[1] for path, _ in on_call.site.posts) == ["hook", "teams"]
    (posted,) = on_call.site.of(HOOK)
    assert {each["severity"] for each in posted["findings"]} == {"error"}


def test_what_is_found_while_no_channel_is_there_is_open_and_told_to_the_first(on_call: OnCall) -> None:
    file = Path(on_call.deployment.alerts_file)
    said = file.read_text()
    file.write_text("channels: []\n")
    on_call.run("warns")
    on_call.look()
    assert len(on_call.look().standing) == 1
    file.write_text(said)
    on_call.look()
    assert on_call.told() == (1, 2)


def test_secrets_are_nowhere(on_call: OnCall, capfd: pytest.CaptureFixture[str]) -> None:
    on_call.site.codes = {HOOK: 500}
    secrets = {**on_call.deployment.alert_secrets, "ARCANA_ALERT_SLACK_URL": f"https://x.invalid:bad/{SECRET}"}
    on_call.deployment = replace(on_call.deployment, alert_secrets=secrets)
    on_call.run("warns", "blocks", error=None)
    on_call.look()
    kept = on_call.instance.daemon_cursor_storage.get_cursor_values({state.KEY})[state.KEY]
    board = (Path(on_call.deployment.lake) / "retail" / "_alerts.json").read_text()
    outcomes = repr(on_call.outcomes)
    assert "is no address that it can have" in outcomes
    for text in (kept, board, outcomes, repr(on_call.deployment), on_call.mailbox.raw[0].decode(), *capfd.readouterr()):
        assert SECRET not in text


CHECK = "check:retail/gold/segment_migration:no_persona_jumps"


def test_what_is_closed_by_hand_speaks_again_only_when_it_is_new_or_worse(on_call: OnCall) -> None:
    def close(severity: Severity = "warning") -> None:
        save_closed(on_call.instance, {CHECK: Closed(CHECK, "ana", "known", time.time(), severity)})

    on_call.run("warns")
    on_call.look()
    assert on_call.told() == (1, 2)
    close()
    assert on_call.look().standing == []
    assert [each["change"] for each in on_call.site.of(HOOK)[-1]["findings"]] == ["resolved"]
    on_call.told()
    on_call.run("warns")  # it is found again, and is no news, not after a day either
    on_call.shift = state.DAY * 2
    assert on_call.look().standing == []
    assert on_call.told() == (0, 0)
    on_call.shift = 0
    on_call.run()
    on_call.look()
    assert on_call.told() == (0, 0)  # nobody waits to hear that it is over
    on_call.run("warns")
    assert [each.finding.key for each in on_call.look().standing] == [CHECK]  # new
    assert on_call.told() == (1, 2)


def test_what_is_worse_than_it_was_when_it_was_closed_is_told(on_call: OnCall) -> None:
    on_call.run("warns")
    found = on_call.look()
    on_call.told()
    save_closed(on_call.instance, {CHECK: Closed(CHECK, "ana", "known", time.time(), "warning")})
    known = load_state(on_call.instance, time.time())
    assert known.standing == []
    [opened] = found.standing
    known.fails(replace(opened.finding, severity="error"))
    assert [each.finding.severity for each in known.standing] == ["error"]


def test_what_another_version_closed_is_said_to_be_unreadable(on_call: OnCall) -> None:
    on_call.instance.daemon_cursor_storage.set_cursor_values({closed.KEY: '[{"key": "x"}]'})
    on_call.run("warns")
    with pytest.raises(UnreadableClosed, match="closed by hand"):
        load_state(on_call.instance, time.time())
    with pytest.raises(UnreadableClosed, match="closed by hand"):
        on_call.look()
