"""A trial: what a month of a domain came to in a lake of its own, with the months it looks back on, in plain words.

Belongs here: what was refused, what is missing, what looks wrong, what there is; told without any customer's code. Does
not belong here: running the month and printing this (`cli`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Any

from arcana_assets.domain.contract.contract import Contract
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.facets.features import features_of, is_indicator
from arcana_assets.domain.facets.registry import FACETS, TRANSACTIONS
from arcana_assets.domain.months import months_between, shifted
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.engine.duckdb.sql import literal, quoted
from arcana_assets.lake.lake import Lake
from arcana_assets.lake.reader import Part, Reader
from arcana_assets.landing.conform.refusal import UNTOLD
from arcana_assets.publication.highlights import highlights

REASONS, EXAMPLES = 8, 3  # told of a source, and places told of a reason
HALF = 0.5  # of a usual month's rows: a last month that has fewer has only begun
TWICE = 0.05  # share of the rows of a source that may be there twice
ONE_ROW = 0.9  # share of customers with one row, from which the code may be another thing's
PLACEHOLDER = 0.2  # share of the rows that one code has, from which it may stand for nobody
TIMES = (80.0, 125.0)  # how many times too large an amount is whose decimal mark was lost
RARE = 0.9  # share of customers without a feature, from which it tells little
SEEN = 20  # rows or customers from which on a share says something

ITEMS = ("product_line", "product", "brand")  # columns of contracts that items may be
EARLY = "len(list_filter(_reasons, lambda each: each LIKE '%'' is before the domain''s start, %')) > 0"

Rows = Mapping[str, Mapping[date | None, int]]
"""Rows that the landing has of each source, by month; None: no date can be read."""


@dataclass(frozen=True)
class Told:
    """A part of what a trial says: its title and lines, none where there is nothing to say."""

    title: str
    lines: tuple[str, ...]


def whole_month(rows: Rows, ended: date, start: date = date.min) -> date | None:
    """The last month with rows that is whole: over before `ended`, and of no fewer rows than half of the usual ones.

    The source with the most rows decides; None where no row has a month from `start` on.
    """
    dated = [{m: n for m, n in months.items() if m is not None and start <= m < ended} for months in rows.values()]
    counts = max(dated, key=lambda months: sum(months.values()), default={})
    months = sorted(counts)
    if not months:
        return None
    usual = median(counts[month] for month in months[-4:-1]) if len(months) > 1 else 0
    return months[-2] if len(months) > 1 and counts[months[-1]] < HALF * usual else months[-1]


def _neither(contract: Contract) -> str:
    """What rows are that are neither kept nor refused."""
    others = ["not in force in the month"] if contract.periods else []
    others += [f"left out by {key}" for key in ("where", "filled_in") if getattr(contract, key)]
    return " or ".join([*others, "the same as another row"])


def months_of(domain: CustomerDomain, month: date) -> list[date]:
    """The month, after those that it looks back on: without them it cannot be computed."""
    return months_between(max(domain.start, shifted(month, -domain.lookback_months)), month)


class Trial:
    """The month of a domain in the lake that it was tried in, and the rows that its landing has.

    Of dated sources all months that were run are told, of snapshots and results the month itself. Where earlier months
    were left out, the trial's first month is all that the lake knows, and rows before it are not told as refused.
    """

    def __init__(self, domain: CustomerDomain, month: date, reader: Reader, rows: Rows) -> None:
        self.domain, self.month, self.reader, self.rows = domain, month, reader, rows
        self.months = tuple(months_of(domain, month))

    def refused(self) -> Told:
        """Rows by source: landed, kept, refused and the same as another; reasons with their number, file and line."""
        lines = list[str]()
        for name, contract in self.domain.sources.items():
            landed, kept, refused = self._account(name)
            if landed is None:
                lines.append(f"{name}: nothing was read; see the failures")
                continue
            same = landed - kept - refused
            others = f", {same:,} {_neither(contract)}" if same > 0 else ""
            lines.append(f"{name}: {landed:,} rows, {kept:,} kept, {refused:,} refused{others}")
            lines += [f"  {each}" for each in self._reasons(name)] if refused else []
        return Told("What was refused", tuple(lines))

    def many_refused(self, source: str) -> bool:
        """Whether more rows were refused than the contract allows, without those of months that were left out."""
        contract = self.domain.sources[source]
        landed, kept, refused = self._account(source)
        aside = contract.where or contract.filled_in or contract.periods
        judged = kept + refused if aside else landed or 0
        return refused > 1 and refused > contract.refused_share * judged

    def missing(self) -> Told:
        """What the data cannot give: kinds of knowledge, features that hardly anybody has, predictions without rows."""
        return Told("What is missing", (*self._facets(), *self._items(), *self._features(), *self._predictions()))

    def wrong(self, ended: date) -> Told:
        """What looks wrong in rows that were kept, or that no month takes; `ended` is the first of the open month."""
        lines = list[str]()
        for name, months in self.rows.items():
            total = sum(months.values())
            ahead = sum(n for month, n in months.items() if month is not None and month > ended)
            before = sum(n for month, n in months.items() if month is not None and month < self.domain.start)
            if ahead:
                lines.append(f"{name}: {ahead:,} of {total:,} rows are dated in the future; day and month exchanged?")
            if before:
                lines.append(
                    f"{name}: {before:,} of {total:,} rows are dated before the start, {self.domain.start:%Y-%m}"
                )
            if none := months.get(None, 0):
                lines.append(f"{name}: {none:,} of {total:,} rows have no date that can be read")
        for contract in self.domain.sources.values():
            lines += self._copies(contract)
        for contract in self.domain.sources_of(TRANSACTIONS):
            lines += [*self._customers(contract), *self._amounts(contract)]
        return Told("What looks wrong", tuple(lines))

    def gets(self, lake: Lake, engine: Engine) -> list[Told]:
        """Customers of the month, then its segments by name and whatever else there is. Raises LakeError."""
        customers = self._count("gold", "customer_360") or 0
        found = [Told("Customers", (f"{customers:,} in {self.month:%Y-%m}",))]
        return found + [Told(each.title, each.lines) for each in highlights(self.domain, self.month, lake, engine)]

    def _part(self, layer: str, name: str) -> Part:
        key = (self.domain.name, layer, name)
        return Part(key, self._months(layer, name) if self.reader.monthly(key) else None)

    def _months(self, layer: str, name: str) -> tuple[date, ...]:
        raw = layer in ("bronze", "silver", "quarantine")
        return self.months if raw and self.domain.sources[name].dated else (self.month,)

    def _there(self, layer: str, name: str) -> bool:
        return self.reader.exists((self.domain.name, layer, name))

    def _count(self, layer: str, name: str) -> int | None:
        """Rows of the months that are told; None of a table that was not written."""
        key = (self.domain.name, layer, name)
        if not self.reader.exists(key):
            return None
        found = self.reader.rows_by_month(key)
        monthly = self.reader.monthly(key)
        return sum(found.get(month, 0) for month in self._months(layer, name)) if monthly else sum(found.values())

    def _account(self, source: str) -> tuple[int | None, int, int]:
        """Rows landed, kept and refused; those before the months that were run are in none."""
        landed, kept, refused = (self._count(layer, source) for layer in ("bronze", "silver", "quarantine"))
        early = sum(self._early(source)) if refused else 0
        return None if landed is None else landed - early, kept or 0, (refused or 0) - early

    def _early(self, source: str) -> tuple[int, int]:
        """Refused rows of months that were left out: those that say so, and those whose date was not found for it."""
        if self.months[0] == self.domain.start:
            return 0, 0
        told = self._ask(f"SELECT count(*) AS n FROM refused WHERE {EARLY}", refused=("quarantine", source))
        said = told[0]["n"] if told else 0
        if (dating := self.domain.sources[source].dating) is None:
            return said, 0
        undated = f"len(list_filter(_reasons, lambda each: starts_with(each, {literal(dating.words)}))) > 0"
        asked = self._ask(f"SELECT count(*) AS n FROM refused WHERE {undated}", refused=("quarantine", source))
        months = self.rows.get(source, {})
        before = sum(rows for month, rows in months.items() if month is not None and month < self.months[0])
        return said, min(max(before - said, 0), asked[0]["n"] if asked else 0)

    def _ask(self, query: str, **tables: tuple[str, str]) -> list[dict[str, Any]]:
        """The rows of a query over tables by layer and name; none where one of them was not written."""
        if not all(self._there(*place) for place in tables.values()):
            return []
        parts = {name: self._part(*place) for name, place in tables.items()}
        return list(self.reader.rows(query, parts).to_pylist())

    def _reasons(self, source: str) -> Iterator[str]:
        kind = "reason"
        for pattern, instead in UNTOLD:
            kind = f"regexp_replace({kind}, {literal(pattern)}, {literal(instead)})"
        early, dating = self._early(source), self.domain.sources[source].dating
        told = f" WHERE NOT ({EARLY})" if any(early) else ""
        place = "_file || coalesce(':' || _line, '')"
        query = (
            f"SELECT left({kind}, 160) AS reason, count(*) AS n, min(DISTINCT {place}, {EXAMPLES}) AS places "
            f"FROM (SELECT unnest(_reasons) AS reason, _file, _line FROM refused{told}) "
            "GROUP BY 1 ORDER BY n DESC, reason"
        )
        found = self._ask(query, refused=("quarantine", source))
        for row in found:
            row["n"] -= early[1] if dating is not None and row["reason"] == dating.words else 0
        found = [row for row in found if row["n"] > 0]
        for row in found[:REASONS]:
            places = ", ".join(each for each in row["places"] or [] if each)
            yield f"{row['n']:,} x {row['reason']}" + (f" ({places})" if places else "")
        if len(found) > REASONS:
            yield f"and {len(found) - REASONS} more kinds: arcana sql has quarantine.{source}"

    def _facets(self) -> Iterator[str]:
        if self.domain.customers_from != "master":
            yield (
                "customers are who buys: contracts, tickets, surveys and use are known only of a domain with "
                "customers_from: master"
            )
            return
        for name, facet in FACETS.items():
            if name not in self.domain.facets:
                features = ", ".join([each for each in features_of(name) if not is_indicator(each)][:4])
                needs = f"a source of {' or '.join(facet.of)}"
                yield f"{name}: no source gives it" + (
                    f", so there is no {features}; it needs {needs}" if features else ""
                )

    def _items(self) -> Iterator[str]:
        of, contracts = self.domain.items.of, self.domain.sources_of("contracts")
        if self.domain.recommendations and contracts and not self.domain.sources_of(TRANSACTIONS):
            named = [each for each in ITEMS if any(each in contract.made for contract in contracts)]
            if of not in named:
                instead = f"; items: {{of: {named[0]}}} takes what there is" if named else ""
                yield f"items: no source of contracts has the {of}, so that nobody owns anything{instead}"

    def _features(self) -> Iterator[str]:
        key = (self.domain.name, "gold", "feature_matrix")
        if not self.reader.exists(key):
            yield "no feature of any customer"
            return
        names = [name for name in self.reader.schema(key).names if name not in ("customer_id", "month")]
        named = [name for name in names if f"{name}_absent" in names]
        if not named:
            return
        absent = ", ".join(f"avg({quoted(f'{name}_absent')}) AS {quoted(name)}" for name in named)
        (found,) = self._ask(f"SELECT count(*) AS customers_, {absent} FROM matrix", matrix=("gold", "feature_matrix"))
        rare = [name for name in named if (found[name] or 0) > RARE] if found["customers_"] else []
        if rare:
            yield f"hardly any customer has {', '.join(rare)}"

    def _predictions(self) -> Iterator[str]:
        made = self._ask("SELECT DISTINCT prediction FROM said", said=("gold", "predictions"))
        known = {row["prediction"] for row in made}
        for prediction in self.domain.predictions:
            if prediction.name not in known:
                needs, had = max([*prediction.horizon_months, 1]) + 2, len(self.months)
                learned = f"the prediction {prediction.name}: it is learned from what came after earlier months"
                if had < needs:
                    yield f"{learned}, so that it needs {needs} months or more, and this month had {had}"
                else:
                    yield f"{learned}, and in these {had} months too few customers did it, or did not"

    def _copies(self, contract: Contract) -> Iterator[str]:
        landed, kept, refused = self._account(contract.name)
        same = (landed or 0) - kept - refused
        if landed and landed >= SEEN and same > TWICE * landed and not (contract.chooses or contract.filled_in):
            share = f"{same / landed:.0%}"
            yield f"{contract.name}: {share} of the rows are the same as another; is a file delivered twice?"
        if not contract.key or not landed:
            return
        told = self._ask(
            "SELECT count(*) AS n FROM refused WHERE len(list_filter(_reasons, lambda each: "
            "each LIKE '%superseded%' OR each LIKE '%unique%' OR each LIKE '%key%')) > 0",
            refused=("quarantine", contract.name),
        )
        twice = told[0]["n"] if told else 0
        if landed >= SEEN and twice > TWICE * landed:
            keys = ", ".join(contract.key)
            yield f"{contract.name}: {twice / landed:.0%} of the rows share their key, {keys}; it may lack a column"

    def _customers(self, contract: Contract) -> Iterator[str]:
        query = (
            "SELECT count(*) AS customers, count(*) FILTER (WHERE n = 1) AS once, sum(n)::BIGINT AS total, "
            "max(n) AS most, "
            "(SELECT count(*) FROM sold WHERE customer_id IS NULL) AS nobody "
            "FROM (SELECT customer_id, count(*) AS n FROM sold WHERE customer_id IS NOT NULL GROUP BY 1)"
        )
        for row in self._ask(query, sold=("silver", contract.name)):
            customers, total = row["customers"], row["total"] or 0
            if row["nobody"] and row["nobody"] > HALF * (total + row["nobody"]):
                yield f"{contract.name}: {row['nobody']:,} of {total + row['nobody']:,} rows are of no known customer"
            if customers >= SEEN and row["once"] > ONE_ROW * customers:
                share = f"{row['once'] / customers:.0%}"
                yield f"{contract.name}: {share} of the customers have one row only; is customer_id the order's number?"
            if customers >= SEEN and row["most"] > PLACEHOLDER * total:
                yield f"{contract.name}: one code has {row['most'] / total:.0%} of the rows; does it stand for nobody?"

    def _amounts(self, contract: Contract) -> Iterator[str]:
        low, high = TIMES
        query = (
            f"SELECT count(*) AS n, count(*) FILTER (WHERE price BETWEEN {low} * usual AND {high} * usual) AS times, "
            "count(*) FILTER (WHERE price = floor(price)) AS whole, median(price) AS middle FROM (SELECT "
            "unit_price::DOUBLE AS price, median(unit_price::DOUBLE) OVER (PARTITION BY product_id) AS usual FROM sold)"
        )
        for row in self._ask(query, sold=("silver", contract.name)):
            if row["times"]:
                yield (
                    f"{contract.name}: {row['times']:,} of {row['n']:,} prices are about 100 times the usual of their "
                    "product; a decimal mark that was lost?"
                )
            if row["n"] >= SEEN and row["whole"] == row["n"] and (row["middle"] or 0) >= 100:
                yield f"{contract.name}: every price is a whole number of 100 or so; are they cents?"
        query = (
            "SELECT count(*) AS n, median(s.price / l.list_price::DOUBLE) AS times FROM (SELECT product_id, "
            "median(unit_price::DOUBLE) AS price FROM sold GROUP BY 1) s JOIN list l USING (product_id) "
            "WHERE l.list_price > 0"
        )
        for products in self.domain.sources_of("products"):
            for row in self._ask(query, sold=("silver", contract.name), list=("silver", products.name)):
                if row["n"] and row["times"] and not 1 / low < row["times"] < low:
                    yield (
                        f"{contract.name}: prices are {row['times']:,.4g} times those of {products.name}, as a median; "
                        "look at the decimal mark of both"
                    )


def told(trial: Trial, ended: date, lake: Lake, engine: Engine, succeeded: bool) -> Sequence[Told]:
    """All that a trial says, in the order in which one asks; what one gets only of a month that came to its end."""
    said = [trial.refused(), trial.missing(), trial.wrong(ended)]
    return [*said, *(trial.gets(lake, engine) if succeeded else [])]
