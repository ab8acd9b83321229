"""Modelos: what was tried, why it was chosen, whether it still fits, and what waits.

Belongs here: the quality of segmentations, in plain words with figures. Does not belong here: segments themselves.
"""

from arcana_assets.dashboard import parts
from arcana_assets.dashboard.access import Viewer
from arcana_assets.dashboard.place import Place, records_of
from arcana_assets.lake.reader import Part
from arcana_assets.segmentation.clustering.clusterer_data import algorithm_of


def show(place: Place, viewer: Viewer) -> None:
    """The screen."""
    say, language = place.language.say, place.language
    name = place.segmentation
    combined = {each.name: each.of for each in place.domain.combinations}.get(name)
    if combined:
        parts.heading(say("screens.modelos"), say("models.combination", names=", ".join(combined)))
        return
    parts.heading(say("models.title", month=language.month(place.month)), say("models.lead"))
    if place.reader.exists(place.key(name, "models")) and place.has(name, "models"):
        _serves(place, name)
    _tried(place, name)
    _drift(place, name)


def _serves(place: Place, name: str) -> None:
    say, language = place.language.say, place.language
    of_the_month = {"model": Part(place.key(name, "models"), (place.month,))}
    (row,) = records_of(place.reader.rows("SELECT * FROM model", of_the_month))
    parts.section(say("models.serves"), str(row["reason"] or ""))
    measures = [
        parts.Figure(say("models.k"), language.count(row["k"]), say("models.k_about")),
        parts.Figure(say("models.silhouette"), language.number(row["silhouette"], 2), say("models.silhouette_about")),
    ]
    if row["stability"] is not None:
        measures.append(
            parts.Figure(say("models.stability"), language.number(row["stability"], 2), say("models.stability_about"))
        )
    measures.append(
        parts.Figure(say("models.smallest"), language.percent(row["smallest_share"]), say("models.smallest_about"))
    )
    parts.figures(measures)
    parts.facts(
        [
            (say("models.outcome"), say(f"models.outcome_{row['outcome']}")),
            (say("models.form"), say(f"models.form_{row['form']}") if row.get("form") else ""),
            (say("models.fitted"), language.month(row["fitted_month"]) if row["fitted_month"] else ""),
            (say("models.moved"), language.percent(row["moved_share"]) if row["moved_share"] is not None else ""),
            (
                say("models.waits"),
                say("models.waits_yes", n=int(row["challenger_months"] or 0)) if row["challenger"] else "",
            ),
        ]
    )


def _tried(place: Place, name: str) -> None:
    say, language = place.language.say, place.language
    rows = place.records(
        """SELECT parameter, algorithm, k, silhouette, stability, smallest_share, admissible, refused_for, serves
        FROM segmentation_selection WHERE segmentation = $segmentation ORDER BY k, parameter""",
        ["segmentation_selection"],
        segmentation=name,
    )
    parts.section(say("models.tried"), say("models.tried_said") if rows else "")
    if not rows:
        parts.nothing(say("models.nothing_tried"))
        return
    several = len({row["algorithm"] for row in rows}) > 1
    parts.table(
        [
            parts.Header(say("models.candidate")),
            parts.Header(say("models.k"), True),
            parts.Header(say("models.silhouette"), True, say("models.silhouette_about")),
            parts.Header(say("models.stability"), True, say("models.stability_about")),
            parts.Header(say("models.smallest"), True),
            parts.Header(say("models.verdict")),
        ],
        [
            (
                f"{algorithm_of(row['algorithm'], language)}, {row['parameter']}" if several else row["parameter"],
                language.count(row["k"]),
                language.number(row["silhouette"], 2) if row["silhouette"] is not None else "",
                language.number(row["stability"], 2) if row["stability"] is not None else "",
                language.percent(row["smallest_share"]),
                say("models.in_use") if row["serves"] else row["refused_for"] or "",
            )
            for row in rows
        ],
    )


def _drift(place: Place, name: str) -> None:
    say, language = place.language.say, place.language
    if not place.has("feature_drift"):
        return
    rows = place.records(
        """SELECT feature, psi, median_before, median_now, drifted, note FROM feature_drift
        WHERE segmentation = $segmentation ORDER BY psi DESC NULLS LAST, feature""",
        ["feature_drift"],
        segmentation=name,
    )
    if not rows:
        return
    drifted = sum(bool(row["drifted"]) for row in rows)
    parts.section(say("models.drift"), say("models.drift_said", n=drifted))
    parts.table(
        [
            parts.Header(say("words.feature")),
            parts.Header("PSI", True, say("models.psi_about")),
            parts.Header(say("models.before"), True),
            parts.Header(say("models.now"), True),
            parts.Header(say("models.verdict")),
        ],
        [
            (
                place.label(row["feature"]),
                language.number(row["psi"], 2) if row["psi"] is not None else "",
                place.said(row["feature"], row["median_before"]),
                place.said(row["feature"], row["median_now"]),
                row["note"] or (say("models.drifted") if row["drifted"] else say("models.stable")),
            )
            for row in rows
        ],
    )
