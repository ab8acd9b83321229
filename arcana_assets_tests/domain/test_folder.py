"""Personas that `defs.yaml` names are ones that its rules, levels or shares can give; a typo says which was meant."""

import pytest

from arcana_assets.domain.folder import load_domain

K = "k: [3, 8]"
RULES = (
    "personas: {rules: [{name: Base}, {name: VIPs, when: {monetary: {percentile_at_least: 0.8}}}], actions: {%s: [x]}}"
)
SHARES = "personas: {shares: {labels: {bags: Bolsas}, actions: {%s: [x]}}}"
OFFERS = "{segmentation: value}"
AT = "attributes.segmentations[0]"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            K,
            f"{K}, share_limits: {{Alta Recieta: [0, 0.4]}}",
            f"12: {AT}.share_limits.Alta Recieta: no segment of 'value' can be called 'Alta Recieta'; "
            "did you mean 'Alta Receita'?",
        ),
        (
            K,
            f"{K}, share_limits: {{03-Alta Receita: [0, 0.4]}}",
            f"12: {AT}.share_limits.03-Alta Receita: no segment of 'value' can be called '03-Alta Receita'; "
            "did you mean '06-Alta Receita'?",
        ),
        (K, f"{K}, {RULES % 'VIP'}", f"12: {AT}.personas.actions.VIP: no segment of 'value' can be called 'VIP'"),
        (
            K,
            f"{K}, {SHARES % 'Bolsa_Lovers'}",
            f"12: {AT}.personas.shares.actions.Bolsa_Lovers: no segment of 'value' can be called 'Bolsa_Lovers'; "
            "did you mean 'Bolsas_Lovers'?",
        ),
        (
            OFFERS,
            "{segmentation: value, limits: {BAG: {persona: [Alta Receita, Alto Receita]}}}",
            "13: attributes.recommendations.limits.BAG.persona[1]: no segment of 'value' can be called 'Alto Receita'; "
            "did you mean 'Alta Receita'?",
        ),
    ],
)
def test_a_persona_that_no_segment_can_be_called_is_told_with_the_nearest_that_one_can(said, old, new, expected):
    assert said(old, new, "defs.yaml")[0].startswith(f"defs.yaml:{expected}")


LABELS = """entity: persona_labels
description: What customers say of themselves
landing: {pattern: "labels/*.csv", required: false}
format: {kind: csv, delimiter: ";", encoding: utf-8}
columns:
  - {from: customer, to: customer_id}
  - {from: persona, to: persona}
  - {from: day, to: labelled_on, formats: ["%Y-%m-%d"]}
key: [customer_id, labelled_on]
"""


def test_labels_are_a_source_of_labels_and_their_personas_may_be_named(folder, said):
    (problem,) = said(K, f"{K}, labels: transactions", "defs.yaml")
    assert problem == f"defs.yaml:12: {AT}.labels: no source of persona_labels has the name 'transactions'"
    (folder / "sources" / "survey.yaml").write_text(LABELS, encoding="utf-8")
    (problem,) = said("labels: transactions", "labels: survy, share_limits: {Quem Viaja: [0, 0.4]}", "defs.yaml")
    assert problem.endswith("persona_labels has the name 'survy'; did you mean 'survey'?")
    path = folder / "defs.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("survy", "survey"), encoding="utf-8")
    assert load_domain(folder).segmentation("value").labels == "survey"


def test_a_level_of_items_is_a_column_that_a_catalogue_has(folder, said):
    (problem,) = said(OFFERS, f"{OFFERS}\n  items: {{goods: brand}}", "defs.yaml")
    told = "no source of products maps a column to 'brand'; map one, or take 'category' or 'product'"
    assert problem == f"defs.yaml:14: attributes.items.goods: {told}"
    listed = "entity: products\ndescription: x\nlanding: {pattern: p.csv}\nformat: {kind: csv}\ncolumns:\n"
    columns = "  - {from: id, to: product_id}\n  - {from: n, to: name}\n  - {from: maker, to: brand}\n"
    (folder / "sources" / "list.yaml").write_text(listed + columns, encoding="utf-8")
    assert load_domain(folder).recommendations.kept_back == ["Outros"]


@pytest.mark.parametrize(
    "said_of",
    [
        "share_limits: {Alta Receita: [0, 0.4], 07-Muito Alta Receita: [0, 0.1]}",
        f"share_limits: {{01-Base: [0, 0.9]}}, {RULES % 'VIPs'}",
        f"share_limits: {{Variados: [0, 0.9]}}, {SHARES % 'Bolsas_Lovers'}",
        "share_limits: {Sem Grupo: [0, 0.1]}, algorithms: [hdbscan]",
    ],
)
def test_names_are_known_with_and_without_their_number(folder, said_of):
    path = folder / "defs.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(K, f"{K}, {said_of}"), encoding="utf-8")
    assert load_domain(folder).segmentation("value")
