"""What settings of personas can say, and that each mistake is told with what to write."""

import pytest
from pydantic import ValidationError

from arcana_assets.domain.settings.personas import Personas, names_given, without_number
from arcana_assets.domain.settings.segmentation import Segmentation

REST = {"name": "Todos"}
VIPS = {"name": "VIPs", "when": {"monetary": {"percentile_at_least": 0.8}}}


def refused(content):
    with pytest.raises(ValidationError) as error:
        Personas.model_validate(content)
    return str(error.value)


def test_levels_are_evenly_spaced_unless_said_otherwise():
    assert Personas(levels=["Baixo", "Alto"]).limits == [0.5]
    assert Personas(level_limits=[0.4, 0.85]).limits == [0.4, 0.85]


def test_the_features_of_the_rules_are_those_of_their_conditions():
    rules = [
        {"name": "{level} Valor"},
        {"name": "Muitos", "when": {"frequency": {"lift_at_least": 2}, "monetary": {"percentile_at_least": 0.8}}},
        VIPS,
    ]
    assert Personas.model_validate({"rules": rules}).features == ["frequency", "monetary"]


def test_without_rules_and_shares_the_rule_is_the_level_on_the_axis():
    settings = Personas(slack=0.1).on_axis("Receita")
    assert [(rule.name, rule.has_levels) for rule in settings.rules] == [("{level} Receita", True)]
    assert (settings.features, settings.slack, settings.numbered) == ([], 0.1, True)
    assert len(settings.limits) == len(settings.levels) - 1 == 6
    assert Personas(levels=["Pouca", "Muita"]).on_axis("Receita").levels == ["Pouca", "Muita"]
    assert Personas(level_limits=[0.4, 0.85]).on_axis("Receita").limits == [0.4, 0.85]
    for said in ({"rules": [REST]}, {"shares": {}}):
        settings = Personas.model_validate(said)
        assert settings.on_axis("Receita") is settings


def test_the_names_that_can_be_given_are_those_of_the_rules_with_each_level():
    rules = [{"name": "{level} Valor"}, VIPS]
    assert names_given(Personas.model_validate({"rules": rules})) == [
        "Baixo Valor",
        "Medio Valor",
        "Alto Valor",
        "VIPs",
    ]


def test_the_names_that_can_be_given_by_shares_are_of_one_label_two_in_their_order_or_none():
    shares = {"labels": {"tech": "Tech", "outros": "Outros", "livros": "Livros"}}
    assert names_given(Personas.model_validate({"shares": shares})) == [
        "Tech_Lovers",
        "Livros_Lovers",
        "Tech&Livros",
        "Variados",
    ]


def test_a_segmentation_names_by_level_on_its_axis_and_who_is_in_no_dense_group():
    plain = Segmentation(name="value", features=["monetary"], axis_label="Atividade")
    assert plain.persona_names[:2] == ["Muito Baixa Atividade", "Baixa Atividade"]
    assert "Sem Grupo" not in plain.persona_names
    dense = Segmentation(name="value", features=["monetary"], algorithms=["kmeans", "hdbscan"])
    assert dense.persona_names[-1] == "Sem Grupo"


@pytest.mark.parametrize(("name", "bare"), [("VIPs", "VIPs"), ("04-VIPs", "VIPs"), ("04-24-7", "24-7"), ("X", "X")])
def test_a_name_without_its_number(name, bare):
    assert without_number(name) == bare


@pytest.mark.parametrize(
    "content",
    [
        {"rules": [{"name": "VIPs 2"}]},
        {"rules": [REST], "levels": ["Nível 1", "Outro"]},
        {"shares": {"none": "Grupo 3"}},
        {"shares": {"two": "{0}&{1} 2"}},
        {"shares": {"labels": {"tech": "Tech 4"}}},
    ],
)
def test_no_name_may_end_in_a_number(content):
    assert "ends in a number, as if it were the second of its name; end it in a word" in refused(content)
    with pytest.raises(ValidationError, match="ends in a number"):
        Segmentation(name="value", features=["monetary"], axis_label="Receita 12")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"rules": [REST], "shares": {}}, "rules and shares are two ways of naming; keep one"),
        (
            {"rules": [VIPS, VIPS, REST]},
            "'VIPs' would be the name of two kinds of segments; call one of them otherwise",
        ),
        ({"rules": [REST, {"name": "Outros"}]}, "exactly one rule must have no `when`"),
        ({"rules": [{"name": "VIPs", "when": {"monetary": {"lift_at_least": 2}}}]}, "exactly one rule must have no"),
        ({"rules": [{"name": "VIPs", "when": {"monetary": {}}}, REST]}, "say at least one of percentile_at_least"),
        ({"rules": [{"name": "VIPs", "when": {"monetry": {"lift_at_least": 2}}}, REST]}, "did you mean 'monetary'"),
        ({"rules": [{"name": "X", "when": {"share_*": {"lift_at_least": 2}}}, REST]}, "stands for several"),
        (
            {"rules": [{"name": "X", "when": {"nps": {"lift_at_least": 2, "lift_at_most": 1}}}, REST]},
            "nothing is lift_at_least 2 and lift_at_most 1; exchange the two",
        ),
        (
            {"rules": [VIPS, {"name": "Alto Valor"}, {"name": "{level} Valor", "when": VIPS["when"]}]},
            "'Alto Valor' would be the name of two kinds of segments; call one of them otherwise",
        ),
        ({"rules": [{"name": "Sem Grupo"}]}, "'Sem Grupo' would be the name of two kinds of segments"),
        ({"shares": {"labels": {"tech": "Casa", "moda": "Casa"}}}, "'Casa_Lovers' would be the name of two kinds"),
        (
            {"rules": [{"name": "X", "when": {"nps": {"mean_at_least": 2, "mean_at_most": 1}}}, REST]},
            "nothing is mean_at_least 2 and mean_at_most 1; exchange the two",
        ),
        ({"levels": ["Baixo"]}, "at least 2 items"),
        ({"levels": ["Baixo", "Baixo"]}, "levels need to differ, found Baixo, Baixo"),
        ({"level_limits": [0.5]}, "level_limits: 3 levels need 2 limits between 0 and 1, ascending, found [0.5]"),
        ({"level_limits": [0.8, 0.4]}, "need 2 limits between 0 and 1, ascending, found [0.8, 0.4]"),
        ({"level_limits": [0.4, 1]}, "need 2 limits between 0 and 1, ascending, found [0.4, 1.0]"),
        ({"slack": 0.6}, "less than or equal to 0.5"),
        ({"shares": {"one": "Lovers"}}, "one: expected {0} in the name, found 'Lovers'"),
        ({"shares": {"two": "{0}&{0}"}}, "two: expected {0} and {1} in the name, found '{0}&{0}'"),
        ({"shares": {"labels": {"share_tech": "Tech"}}}, "write 'tech', the end of the column 'share_tech'"),
        ({"shares": {"labels": {"owns_erp": "ERP"}}}, "write 'erp', the end of the column 'owns_erp'"),
        ({"shares": {"leave_out": ["share_outros"]}}, "write 'outros', the end of the column 'share_outros'"),
    ],
)
def test_settings_that_name_nothing_are_refused(content, words):
    assert words in refused(content)
