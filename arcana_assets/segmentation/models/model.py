"""A fitted segmentation as data: scoring customers with it, writing it as JSON, reading it back.

Belongs here: the model and what it says of a customer. Does not belong here: fitting it (`fitting`), which fit serves a
month (`champion`), where it is kept (`assets.models`).
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from arcana_assets.customer_360.drift import NotComparable, Reference
from arcana_assets.domain.errors import ArcanaError
from arcana_assets.segmentation.clustering.clusterers import Clusterer, DamagedClusterer
from arcana_assets.segmentation.clustering.points import NOISE
from arcana_assets.segmentation.clustering.preprocessing import DamagedPreprocessing, Preprocessing
from arcana_assets.segmentation.models.continuity import settle

KINDS, CUTS = "kinds", "cuts"
"""Forms of a model: groups with valleys between them, or cuts of a continuum."""


class DamagedModel(ArcanaError):
    """Raised when the text of a model is not one that `SegmentationModel.to_json` wrote."""


_PERSONA = {"segment_id", "persona", "rule", "level", "number", "confident"}


@dataclass(frozen=True, eq=False)
class SegmentationModel:
    """A fitted segmentation as data: all that is needed to score customers of any later month.

    `clusterer` groups points of the space of `preprocessing`; its group i is the segment `segment_ids[i]`, and who
    belongs to none of its groups is in segment 0. Ids live across fits: `next_segment_id` is the first one never used.
    `personas` name each id. `selection` has one row a candidate, see `gate.choose`; empty for a fit that began from the
    centres of an older one. `fitted_month` is the first day of the month fitted on, as ISO text, and `references` are
    the features as its customers had them, which drift is measured against: a refit has those of its own month, though
    its space is that of an older one. `settings` are the features, transforms, weights and axis asked for; a model of
    others is another model.
    """

    name: str
    axis: str
    preprocessing: Preprocessing
    clusterer: Clusterer
    segment_ids: tuple[int, ...]
    next_segment_id: int
    personas: tuple[dict[str, Any], ...]
    measures: dict[str, Any]
    selection: tuple[dict[str, Any], ...]
    customers: int
    fitted_month: str
    reason: str
    seed: int
    settings: dict[str, Any]
    references: tuple[Reference, ...]

    def __eq__(self, other: object) -> bool:
        """Whether both are the same in every field, to the last bit."""
        return isinstance(other, SegmentationModel) and self.to_json() == other.to_json()

    __hash__ = None  # type: ignore[assignment]

    @property
    def centres(self) -> np.ndarray:
        """Segments x features: the centre of each segment in the model's space."""
        return self.clusterer.centres

    @property
    def k(self) -> int:
        """The number of segments."""
        return self.clusterer.k

    @property
    def labels(self) -> tuple[str, ...]:
        """The personas that labels name, in the order of the segments; none of a model that learnt from no labels."""
        return tuple(self.measures.get("labels") or ())

    @property
    def has_noise(self) -> bool:
        """Whether customers can be in no group, which is segment 0."""
        return self.clusterer.reach is not None or (self.asks_for > 0 and self.rest is None)

    @property
    def asks_for(self) -> float:
        """How much a customer must have bought to be of a kind by shares; 0 where nothing is asked for."""
        evidence = self.preprocessing.evidence
        return evidence.least if evidence is not None and self.form == KINDS else 0.0

    @property
    def rest(self) -> int | None:
        """The segment of who is nothing in particular: the one whose name rests on no share; None without one."""
        return next((row["segment_id"] for row in self.personas if row["rule"] is None and row["segment_id"]), None)

    @property
    def features(self) -> tuple[str, ...]:
        """The features, in the order of the coordinates."""
        return self.preprocessing.names

    @property
    def form(self) -> str:
        """KINDS or CUTS; models kept before there were cuts are of kinds."""
        return str(self.measures.get("form", KINDS))

    @property
    def month(self) -> date:
        """The first day of the month it was fitted on."""
        return date.fromisoformat(self.fitted_month)

    @property
    def admissible(self) -> bool:
        """Whether the clustering passed the gate."""
        return bool(self.measures["admissible"])

    def can_group(self, customers: pd.DataFrame) -> bool:
        """Whether the customers have what the model groups them by."""
        counted = [self.preprocessing.evidence.counted] if self.preprocessing.evidence else []
        return {*self.features, *counted} <= set(customers.columns)

    def distances(self, frame: pd.DataFrame) -> np.ndarray:
        """Customers x segments: the distance to each, in the model's space.

        Raises UnusableFeatures for a missing or non-numeric feature column.
        """
        return self.clusterer.distances(self.preprocessing.points(frame))

    def assign(self, frame: pd.DataFrame, previous: np.ndarray | None = None, hysteresis: float = 0.0) -> pd.DataFrame:
        """The segment of every row: segment_id, persona, distance to it; in the frame's index.

        The nearest one; with `previous`, each row's segment of the month before (below 0 for none), a customer stays
        unless another one is nearer by the share `hysteresis`. Raises UnusableFeatures as `distances`.
        """
        away = self.distances(frame)
        before = np.full(len(away), -1) if previous is None else previous
        ids = settle(away, self.segment_ids, before, hysteresis)
        places = {segment: place for place, segment in enumerate(self.segment_ids)}
        at = np.array([places[each] for each in ids.tolist()], dtype=int)
        distance = away[np.arange(len(at)), at]
        if self.clusterer.reach is not None:
            ids = np.where(away.min(axis=1, initial=np.inf) > self.clusterer.reach, NOISE, ids)
        if self.asks_for > 0:
            # One order says nothing of habits, and the nearest kind would say something.
            ids = np.where(self.preprocessing.counted(frame) < self.asks_for, self.rest or NOISE, ids)
        names = {row["segment_id"]: row["persona"] for row in self.personas}
        columns = {
            "segment_id": ids,
            "persona": np.array([names.get(each, "") for each in ids.tolist()], dtype=object),
            "distance": distance,
        }
        return pd.DataFrame(columns, index=frame.index)

    def to_json(self) -> str:
        """The model as JSON text; floats keep every bit."""
        data = {field.name: getattr(self, field.name) for field in fields(self)}
        data |= {"preprocessing": self.preprocessing.as_dict(), "clusterer": self.clusterer.as_dict()}
        data |= {"references": [asdict(each) for each in self.references]}
        return json.dumps(data, ensure_ascii=False, allow_nan=False, indent=1)

    @classmethod
    def from_json(cls, text: str) -> "SegmentationModel":
        """The model `to_json` wrote, equal in every field. Raises DamagedModel saying which field is wrong."""
        try:
            data = json.loads(text)
        except json.JSONDecodeError as error:
            raise DamagedModel(f"the segmentation model is not JSON: {error}; fit the month again") from error
        return cls(**_validated(data))


def _validated(data: Any) -> dict[str, Any]:
    names = [field.name for field in fields(SegmentationModel)]
    if not isinstance(data, dict):
        raise DamagedModel(f"a segmentation model is a JSON object; found {type(data).__name__}; fit the month again")
    for name in [*names, *data]:
        if name not in data or name not in names:
            what = "lacks" if name not in data else "has an unknown field"
            raise DamagedModel(f"the segmentation model {what} '{name}'; fields: {', '.join(names)}; fit it again")
    try:
        preprocessing = Preprocessing.from_dict(data["preprocessing"])
    except DamagedPreprocessing as error:
        raise DamagedModel(f"the segmentation model has a damaged field 'preprocessing': {error}") from error
    try:
        clusterer = Clusterer.from_dict(data["clusterer"])
    except DamagedClusterer as error:
        raise DamagedModel(f"the segmentation model has a damaged field 'clusterer': {error}") from error
    wrong = _wrong_field(data, clusterer, len(preprocessing.names))
    if wrong:
        raise DamagedModel(f"the segmentation model has a damaged field '{wrong}'; fit the month again")
    lists = {name: tuple(value) for name, value in data.items() if isinstance(value, list)}
    read = {"preprocessing": preprocessing, "clusterer": clusterer, "references": _references(data["references"])}
    return data | lists | read


def _references(rows: list[dict[str, Any]]) -> tuple[Reference, ...]:
    """The references of a model; none of models that were kept with `quantiles` alone, which tell no shares of bins."""

    def read(row: dict[str, Any]) -> Reference:
        return Reference(**row | {name: tuple(row[name]) for name in ("values", "below", "upto")})

    try:
        return tuple(read(row) for row in rows if "quantiles" not in row)
    except (NotComparable, TypeError, KeyError) as error:
        raise DamagedModel(f"the segmentation model has a damaged field 'references': {error}") from error


def _wrong_field(data: Mapping[str, Any], clusterer: Clusterer, width: int) -> str | None:
    def rows(values: Any, keys: set[str]) -> bool:
        return isinstance(values, list) and all(isinstance(row, dict) and keys <= row.keys() for row in values)

    ids = data["segment_ids"] if isinstance(data["segment_ids"], list) else []
    personas = data["personas"] if rows(data["personas"], _PERSONA) else []
    called = sorted(row["segment_id"] for row in personas)
    # Of who bought too little there may be such a segment as well.
    named = [[NOISE, *ids]] if clusterer.reach is not None else [ids, [NOISE, *ids]]
    checks = {
        **{name: isinstance(data[name], str) for name in ("name", "axis", "reason", "fitted_month")},
        **{name: type(data[name]) is int for name in ("customers", "seed", "next_segment_id")},
        "clusterer": clusterer.centres.shape[1] == width,
        "segment_ids": len(ids) == clusterer.k
        and all(type(each) is int and 0 < each < data["next_segment_id"] for each in ids)
        and len(set(ids)) == len(ids),
        "personas": called in [sorted(each) for each in named],
        "measures": isinstance(data["measures"], dict) and "admissible" in data["measures"],
        "settings": isinstance(data["settings"], dict),
        "references": rows(data["references"], {"feature"}),
        "selection": rows(data["selection"], {"k", "silhouette", "smallest_share", "admissible", "chosen"}),
    }
    return next((name for name, good in checks.items() if not good), None)
