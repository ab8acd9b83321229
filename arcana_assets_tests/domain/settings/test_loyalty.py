"""Programmes that contradict themselves, or the domain they are in, are refused where they are written."""

import shutil

import pytest
import yaml
from pydantic import ValidationError

from arcana_assets.definitions import DEFS
from arcana_assets.domain.folder import load_domain
from arcana_assets.domain.settings.loyalty import Exclusion, Programme
from arcana_assets.domain.yaml.file import ContractError

INSIDERS = {"name": "insiders", "title": "Insiders", "segmentation": "value", "measures": {"monetary": "high"}}


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"entry": {"frequency": 5}}, "say under `measures` whether high or low 'frequency' is better"),
        ({"entry": {"monetary": 0}}, "'monetary' must be more than 0, found 0"),
        ({"measures": {}}, "at least 1 item"),
        ({"measures": {"monetary": "up"}}, "'high' or 'low'"),
        ({"measures": {"monetray": "high"}}, "did you mean 'monetary'"),
        (
            {"measures": dict.fromkeys(("monetary", "frequency", "recency_days", "tenure_months"), "high")},
            "more than three conditions",
        ),
        ({"revenue_share": [0.5, 0.2]}, "ascending, found 0.5, 0.2"),
        ({"keep": 0}, "greater than 0"),
        ({"grace_months": -1}, "greater than or equal to 0"),
    ],
)
def test_a_programme_that_contradicts_itself_is_refused(settings, says):
    with pytest.raises(ValidationError, match=says):
        Programme(**INSIDERS | settings)


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({}, "say at least one of at_least, at_most, isin"),
        ({"at_least": 2, "at_most": 1}, "nothing is at_least 2 and at_most 1"),
        ({"at_least": 2, "isin": ["A"]}, "say one of the two"),
    ],
)
def test_a_rule_that_excludes_nobody_or_anybody_is_refused(rule, says):
    with pytest.raises(ValidationError, match=says):
        Exclusion(reason="Atacado", column="average_ticket", **rule)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"segmentation": "valeu"}, "the programme 'insiders' uses the segmentation 'valeu'; did you mean 'value'"),
        ({"measures": {"mrr": "high"}}, "'mrr' is no number of the domain's customer 360"),
        ({"exclude": [{"reason": "Atacado", "column": "state", "isin": ["SP"]}]}, "'state' is no text"),
        (
            {"exclude": [{"reason": "Atacado", "column": "average_tickt", "at_least": 5}]},
            "did you mean 'average_ticket'",
        ),
    ],
)
def test_a_programme_names_what_its_domain_has(tmp_path, settings, says):
    with pytest.raises(ContractError, match=says):
        domain_with(tmp_path, [INSIDERS | settings])


def test_a_programme_needs_revenue_by_month(tmp_path):
    shutil.copytree(DEFS / "b2b", tmp_path / "b2b")
    (tmp_path / "b2b" / "sources" / "mrr_monthly.yaml").unlink()
    with pytest.raises(ContractError, match="programmes are of revenue by month"):
        load_domain(tmp_path / "b2b")


def test_two_programmes_of_one_name_are_refused(tmp_path):
    with pytest.raises(ContractError, match="programmes need names of their own, found insiders, insiders"):
        domain_with(tmp_path, [INSIDERS, INSIDERS])


def test_a_domain_may_have_several_programmes_or_none(tmp_path):
    assert [each.name for each in domain_with(tmp_path / "two", [INSIDERS, INSIDERS | {"name": "vip"}]).programmes] == [
        "insiders",
        "vip",
    ]
    assert domain_with(tmp_path / "none", []).programmes == []


def domain_with(folder, programmes):
    shutil.copytree(DEFS / "retail", folder / "retail")
    path = folder / "retail" / "defs.yaml"
    defs = yaml.safe_load(path.read_text(encoding="utf-8"))
    defs["attributes"]["programmes"] = programmes
    path.write_text(yaml.safe_dump(defs, sort_keys=False), encoding="utf-8")
    return load_domain(folder / "retail")
