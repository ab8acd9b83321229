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


def test_rules_are_numbered_unless_said_otherwise_and_shares_are_not():
    assert Personas().with_numbers
    assert not Personas.model_validate({"shares": {}}).with_numbers
    assert Personas.model_validate({"shares": {}, "numbered": True}).with_numbers
    assert not Personas(numbered=False).with_numbers


def test_levels_are_evenly_spaced_unless_said_otherwise():
    assert Personas(levels=["Baixo", "Alto"]).limits == [0.5]
    assert Personas(level_limits=[0.4, 0.85]).limits == [0.4, 0.85]


def test_the_features_of_the_rules_are_known_and_what_is_not_there_is_told():
    rules = [
        {"name": "{level} Valor", "level_of": "monetary"},
        {
            "name": "VIPs",
            "when": {"frequency": {"lift_at_least": 2}, "monetary": {"percentile_at_least": 0.8}},
        },
    ]
    settings = Personas.model_validate({"rules": rules})
    assert settings.features == ["monetary", "frequency"]
    assert settings.refused(["monetary", "frequency"]) == []
    assert settings.refused(["monetary", "frequencia"]) == [
        "the rules look at 'frequency', which is none of the features; did you mean 'frequencia'?"
    ]
    assert settings.rule("VIPs") is settings.rules[1]
    assert settings.rule("Outra") is None


def test_without_rules_and_shares_the_rule_is_the_level_on_the_axis():
    settings = Personas(slack=0.1).on_axis("mrr", "Receita")
    assert [(rule.name, rule.level_of) for rule in settings.rules] == [("{level} Receita", "mrr")]
    assert (settings.features, settings.slack, settings.with_numbers) == (["mrr"], 0.1, True)
    assert len(settings.limits) == len(settings.levels) - 1 == 6
    assert Personas(levels=["Pouca", "Muita"]).on_axis("mrr", "Receita").levels == ["Pouca", "Muita"]
    assert Personas(level_limits=[0.4, 0.85]).on_axis("mrr", "Receita").limits == [0.4, 0.85]
    for said in ({"rules": [REST]}, {"shares": {}}):
        settings = Personas.model_validate(said)
        assert settings.on_axis("mrr", "Receita") is settings


def test_the_names_that_can_be_given_are_those_of_the_rules_with_each_level():
    rules = [{"name": "{level} Valor", "level_of": "monetary"}, VIPS]
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


@pytest.mark.parametrize(
    ("name", "bare"), [("VIPs", "VIPs"), ("04-VIPs", "VIPs"), ("05-VIPs 2", "VIPs"), ("Top 10", "Top 10"), ("X", "X")]
)
def test_a_name_is_known_with_its_number_and_the_figure_of_a_repeated_name(name, bare):
    assert without_number(name, ["VIPs", "Top 10"]) == bare


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"rules": [REST], "shares": {}}, "rules and shares are two ways of naming; keep one"),
        ({"rules": [REST, REST]}, "rules need names of their own, found Todos, Todos"),
        ({"rules": [REST, {"name": "Outros"}]}, "exactly one rule must have no `when`"),
        ({"rules": [{"name": "VIPs", "when": {"monetary": {"lift_at_least": 2}}}]}, "exactly one rule must have no"),
        ({"rules": [{"name": "VIPs", "when": {"monetary": {}}}, REST]}, "say at least one of percentile_at_least"),
        ({"rules": [{"name": "VIPs", "when": {"monetry": {"lift_at_least": 2}}}, REST]}, "did you mean 'monetary'"),
        ({"rules": [{"name": "X", "when": {"share_*": {"lift_at_least": 2}}}, REST]}, "stands for several"),
        ({"rules": [{"name": "{level} Valor"}]}, "`{level}` in the name and `level_of` go together"),
        ({"rules": [{"name": "Valor", "level_of": "monetary"}]}, "`{level}` in the name and `level_of` go together"),
        ({"rules": [{"name": "{level} {level}", "level_of": "monetary"}]}, "`{level}` may stand in the name once"),
        (
            {"rules": [{"name": "X", "when": {"nps": {"lift_at_least": 2, "lift_at_most": 1}}}, REST]},
            "nothing is lift_at_least 2 and lift_at_most 1; exchange the two",
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
        ({"shares": {"leave_out": ["share_outros"]}}, "write 'outros', the end of the column 'share_outros'"),
    ],
)
def test_settings_that_name_nothing_are_refused(content, words):
    assert words in refused(content)
