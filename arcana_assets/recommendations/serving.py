"""Serving: which recommender makes a month's lists, and why, in a sentence.

Belongs here: the choice by a leaderboard, and the one that stands in where the chosen one cannot serve. Does not belong
here: what recommenders are worth (`leaderboard`), why an item is recommended (`reasons`).
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from arcana_assets.presentation.notation import count, number
from arcana_assets.recommendations.leaderboard import Leaderboard, UnusableLeaderboard, behind

FALLBACK = "popular_in_segment"
POPULAR = ("popular", "popular_in_segment")
_WORDS = {
    "popular": "os mais populares da base",
    "popular_in_segment": "os mais populares do segmento",
    "also_in_segment": "quem tem X também tem Y no segmento",
    "jaccard_neighbours": "itens vizinhos (Jaccard)",
    "bm25_neighbours": "itens vizinhos (BM25)",
    "ease": "EASE",
    "ease_with_segments": "EASE com segmentos",
}


@dataclass(frozen=True)
class Served:
    """The recommender of a month.

    `steps` are places among the scores of a month and the probability of adoption at each. `instead_of` is the
    recommender that was chosen where it cannot serve. `worse`: the one that does is worse than popularity.
    """

    name: str
    steps: Mapping[str, Sequence[float]]
    instead_of: str | None
    worse: bool


def serving(board: Leaderboard, seed: int = 7) -> tuple[str, str]:
    """The recommender that serves, and why in one sentence: the simplest that is as good as the best.

    Recommenders are in the order of their simplicity. As good is whose difference in nDCG at 10 to the best one, over
    the same customers, has an interval that includes 0; never one that is worse than popularity.
    Raises UnusableLeaderboard where popularity was not evaluated.
    """
    tried = [str(name) for name in board.ndcg.columns]
    if not set(POPULAR) & set(tried):
        raise UnusableLeaderboard(f"found {', '.join(tried)}; evaluate one of {', '.join(POPULAR)} beside them")
    if board.ndcg.empty:
        chosen = FALLBACK if FALLBACK in tried else POPULAR[0]
        none = "nenhum cliente adotou um item novo no período, e não há com o que comparar"
        return chosen, f"Serve {_WORDS[chosen]}: {none}."
    worth = {name: float(mean) for name, mean in board.ndcg.mean().items()}
    best, popular = max(tried, key=lambda name: worth[name]), max(worth[name] for name in POPULAR if name in worth)
    chosen = next(name for name in tried if worth[name] >= popular and behind(board, name, seed)[1] <= 0)
    told = f"Serve {_WORDS.get(chosen, chosen)}: nDCG@10 {number(worth[chosen], 4)}"
    if chosen not in POPULAR:
        told += f", contra {number(popular, 4)} da popularidade"
    who = " cliente que adotou algo novo" if len(board.ndcg) == 1 else " clientes que adotaram algo novo"
    beside = ""
    if chosen != best:
        beside = f"; o melhor, {_WORDS.get(best, best)} ({number(worth[best], 4)}), não é melhor além do acaso"
    elif chosen in POPULAR and len(tried) > 1:
        beside = "; nenhum outro foi melhor"
    return chosen, f"{told}, em {count(len(board.ndcg))}{who}{beside}."


def served_by(leaderboard: pd.DataFrame, able: Collection[str]) -> Served:
    """The recommender that makes the lists of a month, of those that are `able` to.

    Takes the rows of a month's leaderboard over all customers: recommender, ndcg_10, serves, calibration. Where a
    catalogue that has grown, or a base with a single segment, does not let the chosen one serve, the best one of the
    leaderboard that it lets.
    """
    (chosen,) = leaderboard[leaderboard["serves"]].to_dict("records")
    if chosen["recommender"] in able:
        name, known = str(chosen["recommender"]), chosen["calibration"]
        steps = json.loads(known) if isinstance(known, str) else {}
        return Served(name, steps, None, worse_than_popularity(leaderboard, name))
    worth = leaderboard[leaderboard["recommender"].isin(list(able)) & leaderboard["ndcg_10"].notna()]
    name = str(worth["recommender"].iloc[worth["ndcg_10"].argmax()]) if len(worth) else FALLBACK
    # How likely an adoption is was learned of the scores of the chosen one, and tells nothing of others'.
    return Served(name, {}, str(chosen["recommender"]), worse_than_popularity(leaderboard, name))


def worse_than_popularity(leaderboard: pd.DataFrame, name: str) -> bool:
    """Whether a recommender is worse by a month's leaderboard than popularity is; what is not on it counts as worse."""
    worth = leaderboard.dropna(subset=["ndcg_10"]).set_index("recommender")["ndcg_10"].to_dict()
    popular = [worth[each] for each in POPULAR if each in worth]
    return name not in POPULAR and (name not in worth or any(worth[name] < each for each in popular))
