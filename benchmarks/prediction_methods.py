"""Prediction methods: the field's usual ones beside the platform's candidates, each feature left out, and contacts.

The real file, who buys within one and three months, each month from March on, the fourth and the first of which three
months ahead anything can be learned. All methods get the same rows, learn from what was known at the end of the month
and say the same customers. Settings of the field's methods are those with the least error as of January and February,
one month ahead, whose outcomes were known by then. Who may serve and who does is decided by the platform's own rule,
over all months at once, and month by month as the platform does. LightGBM takes part where it is installed:
`pip install '.[bench]'`.
"""

import tempfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measure import Limit, Options, Outcome, Ratio, Side, in_child, timed, turn_by_turn
from benchmarks.prediction_months import FROM, HORIZONS, LAST_OVER, Fold, folds
from benchmarks.prediction_rivals import OURS, Fit, fit_ours, fit_rival, has_lightgbm, named, picked, rivals
from benchmarks.real_file import real_file

EARLY = date(2011, 1, 1)  # the first month that something can be said as of
JUDGES = 3  # hold-outs of the shipped prediction
LAST = "last_period"


def measure(options: Options) -> Outcome:
    """The platform once, then its months; a quick run has two of them three months ahead."""
    last, until = ("2011-08-01", "2011-07-01") if options.quick else ("2011-12-01", str(LAST_OVER))
    if not has_lightgbm():
        print("  LightGBM is not installed and takes no part; it is an extra: pip install '.[bench]'", flush=True)
    with tempfile.TemporaryDirectory(prefix="arcana-bench-") as kept:
        arguments = {"kept": kept, "path": str(real_file()), "last": last}
        made = in_child(Side("platform", "benchmarks.predictions:platform", arguments))
        asked, terms = {"kept": kept, "last": until}, "benchmarks.prediction_terms"
        sides = [Side(f"methods_{each}", f"{__name__}:methods", {**asked, "horizon": each}) for each in HORIZONS]
        sides += [Side(name, f"{terms}:{name}", asked) for name in ("left_out", "contacts")]
        figures = turn_by_turn(sides, 1)
    facts = {"lightgbm": has_lightgbm(), **{name: each[0]["facts"] for name, each in figures.items()}}
    (found,) = figures["contacts"]
    figures |= {name: [found | {"reached": found[f"reached_{name}"]}] for name in ("last_period", "latest_first")}
    words = "buyers among 100 contacts, three months ahead: served / "
    ahead = {1: "one month ahead", 3: "three months ahead"}
    return Outcome(
        {"platform": [made], **figures},
        [
            Ratio(words + "last period", "contacts", "last_period", 1.15, True, "reached"),
            Ratio(words + "latest first", "contacts", "latest_first", 1.15, True, "reached"),
        ],
        facts,
        [
            Limit(
                f"best candidate's error above the best of the field's, {ahead[each]}", f"methods_{each}", 1.5, "behind"
            )
            for each in HORIZONS
        ],
    )


def methods(folder: Path, kept: str, horizon: int, last: str) -> dict[str, Any]:
    """All methods on all months of a horizon."""
    until = date.fromisoformat(last)
    with timed() as clock:
        tried, fits = rivals(), dict[tuple[str, date], Fit]()
        early = [each for each in folds(kept, 1, EARLY, until) if each.month < FROM]
        settings = {name: picked(each, early) for name, each in tried.items()}
        known = [each for each in folds(kept, horizon, EARLY, until) if len(each.came)]
        for name in named():
            for fold in known:
                fits[name, fold.month] = (
                    fit_rival(tried[name], settings[name], fold.known, fold.came)
                    if name in tried
                    else fit_ours(name, fold.known, fold.came)
                )
    logits = {name: {fold.month: fits[name, fold.month].logits(fold.numbers) for fold in known} for name in named()}
    judged = [each for each in known if each.month >= FROM]
    losses = {name: losses_of(said, judged) for name, said in logits.items()}
    means = {name: float(each.mean()) for name, each in losses.items()}
    best, rival = min(means[name] for name in OURS), min(means[name] for name in tried)
    facts = {
        "settings": settings,
        "months": [row(name, logits[name][fold.month], fold) for name in named() for fold in judged],
        "methods": verdicts(losses, judged, fits),
        "served_with_all_in_turn": in_turn(logits, known, horizon, [*named()]),
        "served_by_the_platform_in_turn": in_turn(logits, known, horizon, [*OURS]),
        "by_customers": by_customers(losses, judged[-JUDGES:], judged),
    }
    return {
        "seconds": clock.seconds,
        "cpu_seconds": clock.cpu_seconds,
        "behind": 100 * (best / rival - 1),
        "facts": facts,
    }


def row(name: str, logits: np.ndarray, fold: Fold) -> dict[str, Any]:
    """A method's measures on a month, `skill` over the last period aside."""
    from arcana_assets.predictions.measures import measured

    found = measured(logits, fold.outcome)
    kept = {each: found[each] for each in ("auc", "brier", "slope", "bias", "reached_100")}
    return {
        "method": name,
        "month": str(fold.month),
        "n": len(fold.outcome),
        "base": float(fold.outcome.mean()),
        **kept,
    }


def losses_of(said: Mapping[date, np.ndarray], judged: Sequence[Fold]) -> np.ndarray:
    """The squared error of each row of some months."""
    from arcana_assets.predictions.methods.fitted import probability

    return np.concatenate([(probability(said[fold.month]) - fold.outcome) ** 2 for fold in judged])


def whose(judged: Sequence[Fold]) -> tuple[np.ndarray, np.ndarray]:
    """Whose and of which month each row is."""
    months = [np.full(len(fold.outcome), fold.month, dtype=object) for fold in judged]
    return np.concatenate([fold.customers for fold in judged]), np.concatenate(months)


def verdicts(
    losses: dict[str, np.ndarray], judged: Sequence[Fold], fits: Mapping[tuple[str, date], Fit]
) -> list[dict[str, Any]]:
    """A line a method: error over all months, bytes kept, what a fit costs, and in a sentence what it is worth."""
    from arcana_assets.predictions.champion import not_below
    from arcana_assets.predictions.measures import difference

    customers, months = whose(judged)
    best, serves = min(losses, key=lambda name: losses[name].mean()), chosen(losses, customers, months)
    found = []
    for name, mine in losses.items():
        lost = not_below(mine, losses[LAST], months)
        behind = difference(mine, losses[best], customers) if name != best else (0.0, 0.0, 0.0)
        fit = fits[name, judged[-1].month]
        found.append(
            {
                "method": name,
                "brier": float(mine.mean()),
                "skill": float(1 - mine.mean() / losses[LAST].mean()),
                "months_lost_to_last_period": [str(each) for each in lost] if name != LAST else [],
                "behind_the_best": behind,
                "kept_bytes": fit.size,
                "fit_cpu_seconds": fit.cpu_seconds,
                "reasons_are_exact": name in OURS,
                "verdict": _verdict(name, best, serves, [] if name == LAST else lost, behind),
            }
        )
    return found


def _verdict(name: str, best: str, serves: str, lost: Sequence[date], behind: tuple[float, float, float]) -> str:
    words, (mean, low, high) = named(), behind
    inexact = "" if name in OURS else "; it has no exact reasons, so the platform does not try it"
    if name == LAST:
        return "what all others are held against"
    if lost:
        return f"may not serve: no better than the last period as of {', '.join(f'{each:%Y-%m}' for each in lost)}"
    if name == serves:
        return f"the simplest of all that is as good as {words[best]} within chance{inexact}"
    if low > 0:
        return f"errs {mean:.4f} ({low:.4f} to {high:.4f}) more than {words[best]}, beyond chance"
    return f"as good as {words[best]} within chance; {words[serves]} is simpler and is, too{inexact}"


def chosen(losses: dict[str, np.ndarray], customers: np.ndarray, months: np.ndarray, before: Any = None) -> str:
    """Who serves by the platform's rule."""
    return _choice(losses, customers, months, before).name


def in_turn(
    logits: Mapping[str, Mapping[date, np.ndarray]], known: Sequence[Fold], horizon: int, names: Sequence[str]
) -> list[dict[str, Any]]:
    """Who would have served as of each month, by the last hold-outs whose outcome was known, as the platform does."""
    from arcana_assets.domain.months import shifted
    from arcana_assets.predictions.champion import InUse

    found, before = [], None
    for fold in known:
        judges = [each for each in known if each.month <= shifted(fold.month, -horizon)][-JUDGES:]
        name = LAST
        if judges:
            made = _choice({each: losses_of(logits[each], judges) for each in names}, *whose(judges), before)
            name, before = made.name, InUse(made.name, made.beyond)
        brier, last = (float(losses_of(logits[each], [fold]).mean()) for each in (name, LAST))
        found.append({"month": str(fold.month), "serves": name, "brier": brier, "skill": 1 - brier / last})
    return found


def _choice(losses: dict[str, np.ndarray], customers: np.ndarray, months: np.ndarray, before: Any) -> Any:
    from arcana_assets.predictions.champion import choice
    from arcana_assets.presentation.language import language_of

    return choice(language_of(), losses, customers, months, before)


def by_customers(losses: dict[str, np.ndarray], judges: Sequence[Fold], judged: Sequence[Fold]) -> list[dict[str, Any]]:
    """How often a method may serve where the last three hold-outs have so many customers each, of 400 draws.

    In each month, as the rule has it, and by the mean of all three, which it does not have.
    """
    draw, found = np.random.default_rng(7), []
    begin = np.cumsum([0, *(len(fold.outcome) for fold in judged)])
    at = [slice(begin[place], begin[place + 1]) for place in range(len(judged) - len(judges), len(judged))]
    for name in (each for each in losses if each != LAST):
        gain = [losses[LAST][part] - losses[name][part] for part in at]
        for customers in (100, 200, 300, 500, 1000, 2000):
            means = np.array(
                [[part[draw.integers(0, len(part), customers)].mean() for part in gain] for _ in range(400)]
            )
            each, all_of_them = (means > 0).all(axis=1).mean(), (means.mean(axis=1) > 0).mean()
            found.append({"method": name, "customers": customers, "each": float(each), "mean": float(all_of_them)})
    return found
