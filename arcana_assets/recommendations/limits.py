"""Limits of recommendations: what the lists of a run are checked for, and what is said of them.

Belongs here: the checks, their verdicts and what a run is warned of. Does not belong here: what lists add up to
(`month`), how a result looks in Dagster (`assets.recommendations`).
"""

from collections.abc import Iterator, Mapping
from datetime import date

from arcana_assets.domain.settings.recommendations import Recommendations
from arcana_assets.recommendations.month import MonthOfLines

NEVER_OWNED, DISTINCT = "no_item_already_bought", "no_item_twice"
BEATS_POPULARITY = "what_serves_is_no_worse_than_popularity"
FIT = "lists_are_better_than_chance"
COVERED, SPREAD = "customers_are_covered", "no_item_for_everybody"
BLOCKING = (NEVER_OWNED, DISTINCT, BEATS_POPULARITY)  # nothing goes on from lists that fail them
LEAST_COVERED = 0.9  # of the customers who own something


def asked(offers: Recommendations) -> dict[str, str]:
    """What each check asks."""
    whose = " and is of the audience" if offers.audience else ""
    return {
        NEVER_OWNED: "No customer is recommended what the customer owns",
        DISTINCT: "No customer is recommended one item twice",
        BEATS_POPULARITY: "The recommender that served has no lower nDCG at 10 than popularity by the leaderboard",
        FIT: "What serves is better than lists drawn by chance; nothing is recommended where it is not, or where there "
        "is nothing to compare with yet",
        COVERED: f"At least {LEAST_COVERED:.0%} of who owns something{whose} has a recommendation, held out or not",
        SPREAD: f"No item is recommended to more than {offers.most_recommended:.0%}",
    }


def verdicts(made: Mapping[date, MonthOfLines], offers: Recommendations) -> Iterator[tuple[str, bool, str]]:
    """Of each check whether the months pass, and what was found."""
    counts = [each.counts for each in made.values()]
    worse = [f"{month:%Y-%m}" for month, each in made.items() if each.served.worse]
    found = f"Popularity is better in {', '.join(worse)}" if worse else "No month is served by worse"
    yield BEATS_POPULARITY, not worse, found
    young = [f"{month:%Y-%m}" for month, each in made.items() if not each.served.compared]
    unfit = [f"{month:%Y-%m}" for month, each in made.items() if each.served.compared and not each.served.fit]
    why = ((unfit, "nobody beats chance"), (young, "there is nothing to compare with yet"))
    said = [f"Nothing is recommended in {', '.join(months)}: {words}" for months, words in why if months]
    yield FIT, not unfit, "; ".join(said) or "Every month is"
    counts = [each.counts for each in made.values() if each.served.fit]
    owners, reached = sum(each.owners for each in counts), sum(each.reached for each in counts)
    found = f"{reached} of {owners} customers x months who own something"
    # An audience of nobody is covered whole, and is a mistake.
    yield COVERED, not counts or (reached >= LEAST_COVERED * owners and (owners > 0 or not offers.audience)), found
    most = max((each.most for each in counts), default=0.0)
    found = f"The most recommended item goes to {most:.1%} of the customers"
    yield SPREAD, most <= offers.most_recommended, found
    for name, rows in ((NEVER_OWNED, [each.owned for each in counts]), (DISTINCT, [each.twice for each in counts])):
        yield name, not any(rows), f"{sum(rows)} such rows"


def warnings(made: Mapping[date, MonthOfLines]) -> Iterator[str]:
    """What fails nothing and is worth a word: rules of unknown items, months that another recommender stands in for."""
    if unknown := {item + words for each in made.values() for item, words in each.unknown.items()}:
        yield f"The rules of recommendations name items that nobody owns: {', '.join(sorted(unknown))}"
    if values := {words for each in made.values() for words in each.unknown_values}:
        yield f"The audience of recommendations names in vain: {', '.join(sorted(values))}"
    for month, each in made.items():
        if each.served.instead_of:
            yield (
                f"{month:%Y-%m}: {each.served.instead_of} cannot serve a catalogue or base as it is now; the best one "
                "of the leaderboard that can does"
            )
