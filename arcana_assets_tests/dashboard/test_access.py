"""Groups give roles, a login that is over or forged gives none, an export leaves a line that names no customer."""

import json
import stat
from pathlib import Path

import pytest

from arcana_assets.dashboard.access import NOBODY, ROLES, LoginEnded, Viewer, log_export, roles_of, viewer_of
from arcana_assets.deployment import Deployment, DeploymentError

FILTERED = {"segments": {"value": [4]}, "code": True}
GIVEN = roles_of("vendas=clientes; dados = clientes , qualidade;diretoria=totais;")


def test_a_group_gives_its_roles_and_totals():
    assert {
        "vendas": {"totals", "customers"},
        "dados": {"totals", "customers", "quality"},
        "diretoria": {"totals"},
    } == GIVEN
    assert roles_of("sales=customers") == {"sales": {"totals", "customers"}}
    assert roles_of("") == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("vendas", "ARCANA_DASHBOARD_ROLES has 'vendas'; expected group=role,role such as vendas=clientes"),
        ("=clientes", "has '=clientes'; expected group=role"),
        ("vendas=", "has 'vendas='; expected group=role"),
        ("vendas=cliente", "gives 'vendas' the role 'cliente'; did you mean 'clientes'"),
        ("a=totais;b=tudo", "gives 'b' the role 'tudo'"),
    ],
)
def test_a_text_of_roles_that_means_nothing_is_refused_with_what_is_expected(text, said):
    with pytest.raises(DeploymentError, match=said):
        roles_of(text)


@pytest.mark.parametrize(
    ("groups", "roles"),
    [
        (["vendas"], {"totals", "customers"}),
        ("diretoria", {"totals"}),
        (["diretoria", "dados"], set(ROLES)),
        (["outros"], set()),
        ("vendas,dados", set()),  # one text is one group
        ([], set()),
        (None, set()),
        ({"vendas": True}, set()),
        ([["vendas"], 7, None], set()),
        (7, set()),
    ],
)
def test_a_login_has_the_roles_of_its_groups_and_no_other(groups, roles):
    viewer = viewer_of({"exp": 1_000, "email": "ana@example.com", "groups": groups}, GIVEN, now=999)
    assert viewer == Viewer("ana@example.com", frozenset(roles), 1_000)
    assert [viewer.may(role) for role in ROLES] == [role in roles for role in ROLES]


def test_groups_are_those_of_the_claim_that_the_provider_calls_so():
    claims = {"exp": 1_000, "email": "ana@example.com", "groups": ["dados"], "cognito:groups": ["vendas"]}
    viewer = viewer_of(claims, GIVEN, 999, "cognito:groups")
    assert viewer == Viewer("ana@example.com", frozenset({"totals", "customers"}), 1_000)
    assert viewer_of(claims, GIVEN, 999, "roles") == Viewer("ana@example.com", frozenset(), 1_000)


@pytest.mark.parametrize("exp", [999, 0, -1, None, "9999999999", True, float("nan"), [2_000]])
def test_a_login_that_is_over_or_says_no_time_is_nobody(exp):
    assert viewer_of({"exp": exp, "groups": ["dados"]}, GIVEN, now=999) is None


def test_a_login_without_any_time_is_nobody_and_the_clock_is_that_of_the_machine():
    assert viewer_of({"groups": ["dados"]}, GIVEN) is None
    assert viewer_of({"exp": 1_000, "groups": ["dados"]}, GIVEN) is None
    assert viewer_of({"exp": 4e9, "sub": "42"}, GIVEN) == Viewer("42", frozenset(), 4e9)


def test_an_export_leaves_a_line_for_its_owner_alone(tmp_path):
    deployment = Deployment("lake", "landing", str(tmp_path / "home"))
    viewer = Viewer("Ana <ana@example.com>\n", frozenset())
    for format_ in ("csv", "xlsx"):
        log_export(deployment, viewer, "retail", "2011-05", "clientes", FILTERED, 3, format_)
    file = Path(deployment.home) / "dashboard" / "exports.jsonl"
    first, second = (json.loads(line) for line in file.read_text(encoding="utf-8").splitlines())
    assert first.pop("at").endswith("+00:00")
    assert first == {
        "who": "Ana <ana@example.com>\n",
        "domain": "retail",
        "month": "2011-05",
        "table": "clientes",
        "filtered_by": FILTERED,
        "rows": 3,
        "format": "csv",
    }
    assert second["format"] == "xlsx"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert NOBODY == "loopback"


def test_no_file_is_given_to_a_login_that_has_ended_since_the_page_was_drawn(tmp_path):
    deployment = Deployment("lake", "landing", str(tmp_path / "home"))
    with pytest.raises(LoginEnded, match="log in"):
        log_export(deployment, Viewer("ana", frozenset(ROLES), 1_000), "retail", "2011-05", "clientes", {}, 3, "csv")
    assert not Path(deployment.home).exists()
