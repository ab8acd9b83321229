"""Profiles of a month: those of each segmentation by its own model, those of combinations from their parts.

Belongs here: what of a model and of the settings a profile is made with. Does not belong here: one profile (`profile`).
"""

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.facets.features import MEAN
from arcana_assets.domain.settings.segmentation import Segmentation
from arcana_assets.presentation.labels import label_of
from arcana_assets.presentation.language import Language, language_of
from arcana_assets.segmentation.models.model import CUTS, KINDS, SegmentationModel
from arcana_assets.segmentation.models.named import personas_of
from arcana_assets.segmentation.models.scores import ids_of
from arcana_assets.segmentation.personas.naming import actions_of
from arcana_assets.segmentation.profiles.everybody import Everybody
from arcana_assets.segmentation.profiles.membership import joined
from arcana_assets.segmentation.profiles.profile import profile

Counted = Callable[[str, Sequence[str]], Everybody | None]
"""Where the segments of a segmentation lie in some features, of all customers; None where those given are all."""
_FORMS = {KINDS: "segmentation.kinds_form", CUTS: "segmentation.cuts_form"}


def profiles_of_month(
    domain: CustomerDomain,
    customers: pd.DataFrame,
    models: Mapping[str, SegmentationModel],
    segments: Mapping[str, pd.DataFrame],
    counted: Counted = lambda name, features: None,
) -> dict[str, pd.DataFrame]:
    """The profile of each segmentation and combination that has segments, by its name, as `profile` gives it.

    Takes the customers of the month, a row each, the models of the month, and the segments of the same customers in the
    same order. Adds whether the persona rests on a clear position and why there are these segments, both null for a
    combination, and whether they are groups or cuts. Where the customers are a sample, `counted` tells of all of them.
    """
    found: dict[str, pd.DataFrame] = {}
    for segmentation in domain.segmentations:
        if (name := segmentation.name) in segments:
            found[name] = _profiled(segmentation, customers, models[name], segments[name], counted)
    for combination in domain.combinations:
        if (name := combination.name) in segments:
            parts = [found[part] for part in combination.of]
            found[name] = _joined(name, customers, segments[name], parts, counted, language_of(domain.language))
    return found


def columns_shown(segmentation: Segmentation, features: Sequence[str]) -> list[str]:
    """What a profile shows: what the model is made of, what names look at, and what the domain has shown beside it."""
    return list(dict.fromkeys([*features, *segmentation.personas.features, *segmentation.shown]))


def _profiled(
    segmentation: Segmentation,
    customers: pd.DataFrame,
    model: SegmentationModel,
    segments: pd.DataFrame,
    counted: Counted,
) -> pd.DataFrame:
    personas = personas_of(model)
    actions = {each.segment_id: actions_of(each, segmentation.personas) for each in personas}
    columns = columns_shown(segmentation, model.features)
    language = language_of(segmentation.language)
    labels = {column: label_of(column, language) for column in columns}
    points = model.preprocessing.points(customers)
    of_all = counted(segmentation.name, columns)
    shape = profile(customers, segments, columns, points, labels, actions, segmentation.seed, of_all, language)
    sure = {each.segment_id: each.confident for each in personas}
    confident = shape["segment_id"].map(sure).astype("boolean")
    return shape.assign(confident=confident, form=language.say(_FORMS[model.form]), reason=model.reason)


def _joined(
    name: str,
    customers: pd.DataFrame,
    segments: pd.DataFrame,
    parts: Sequence[pd.DataFrame],
    counted: Counted,
    language: Language,
) -> pd.DataFrame:
    """The profile of a combination: its own averages, and the rules and actions of the segments that it is made of."""
    named = [part.set_index("segment_id") for part in parts]
    columns = dict.fromkeys(each for part in named for each in part.columns if each.startswith(MEAN))
    features = [column.removeprefix(MEAN) for column in columns]
    labels = {column: label_of(column, language) for column in features}
    shape = profile(customers, segments, features, labels=labels, of_all=counted(name, features), language=language)
    members = [ids_of(segment, len(named)) for segment in shape["segment_id"].tolist()]

    def together(column: str, join: Callable[[Sequence[str]], str]) -> pd.Series:
        told = [[part.at[each, column] for part, each in zip(named, ids, strict=True)] for ids in members]
        kept = [[str(text) for text in texts if isinstance(text, str) and text] for texts in told]
        return pd.Series([join(texts) or None for texts in kept], index=shape.index, dtype=object)

    told = {
        "membership_rule": together("membership_rule", lambda rules: joined(rules, "all_of", language)),
        "actions": together("actions", "; ".join),
    }
    forms = list(dict.fromkeys(str(part["form"].iat[0]) for part in parts))
    told |= {"form": pd.Series(joined(forms, "and", language), index=shape.index)}
    told |= {"reason": pd.Series(None, index=shape.index, dtype=object)}
    return shape.assign(**told, confident=pd.Series(pd.NA, index=shape.index, dtype="boolean"))
