"""One month of invoices and rows of the retail sample, as arrays: purchases, companions, returns, fees and adjustments.

Belongs here: what is sold and given back, with its truth. Does not belong here: dirt that only concerns how a row is
written, and the writing itself (`folder`).
"""

from dataclasses import dataclass

import numpy as np

from arcana_assets.samples.retail.catalogue import CATEGORIES, Catalogue, Flags, Floats, Ints
from arcana_assets.samples.retail.customers import COUNTRIES, HOME, Calendar, Population
from arcana_assets.samples.retail.kinds import OCCASIONAL, VALUE_KINDS
from arcana_assets.samples.retail.rows import ADJUSTMENT, CANCELLATION, DAY, SALE, Rows, first_of, numbered, once_each
from arcana_assets.samples.retail.visits import Visits

COMPANION_CHANCE = 0.8
RETURN_CHANCE = 0.03
BULK_PIECES = 74_215
VOLUME = 24
# What somebody whom the shop does not know means to spend on one line, in pence.
LINE_VALUES = np.array([500, 800, 1000, 1200, 1500, 1500, 2000, 3500], dtype=np.int64)
LINES_ANONYMOUS = np.array([1, 2, 6, 10, 20, 40], dtype=np.int64)
ORDER_SPREAD, LINE_SPREAD = 0.3, 0.4  # of the logarithm of what orders of a customer, and lines of an order, come to
HOURS = np.cumsum(np.array([3, 6, 9, 11, 14, 13, 12, 12, 9, 6, 3, 1, 1]))


@dataclass(frozen=True)
class Pending:
    """What earlier months leave to do: companions still to be bought, purchases still to be returned."""

    companions: Ints
    """n x 2: customer, product."""
    returns: Rows | None


class Shop:
    """Makes the months of a drop in order; each month draws from a generator of its own."""

    def __init__(
        self, seed: int, catalogue: Catalogue, population: Population, calendar: Calendar, visits: Visits
    ) -> None:
        self.seed = seed
        self.catalogue = catalogue
        self.population = population
        self.calendar = calendar
        self.visits = visits

    def month(self, number: int, pending: Pending) -> tuple[Rows, Pending]:
        """All rows of a month, invoices numbered from 0 in order of time, without duplicates."""
        rng = np.random.Generator(np.random.PCG64([self.seed, 1, number]))
        named, owed = self._purchases(rng, number, pending.companions)
        anonymous = self._anonymous(rng, number, len(named))
        returns, later = self._returns(rng, number, named, pending.returns)
        rows = [named, self._postage(rng, named), anonymous, self._dotcom(rng, anonymous)]
        rows += [returns, self._discounts(rng, returns), self._write_offs(rng, number, len(named) + len(anonymous))]
        rows += [self._fees(rng, number), *self._bulk(number)]
        if number == (len(self.calendar.month_bounds) - 1) // 2:
            rows.append(self._bad_debt(rng, number))
        return numbered(rows), Pending(owed, later)

    def _purchases(self, rng: np.random.Generator, number: int, owed: Ints) -> tuple[Rows, Ints]:
        who, day, ordinal = self.visits.of(number)
        minute = day * DAY + _minutes(rng, len(who))
        people = self.population
        lines = _lines(rng, people.kind[who])
        order = np.repeat(np.arange(len(who)), lines)
        liked = np.cumsum(people.mix, axis=1)[who[order]]
        category = np.minimum((rng.random(len(order))[:, None] > liked).sum(axis=1), len(CATEGORIES) - 1)
        product = self._products(rng, category)
        budget = people.purse[who] * np.exp(rng.normal(0, ORDER_SPREAD, len(who))) / lines
        value = budget[order] * np.exp(rng.normal(-(LINE_SPREAD**2) / 2, LINE_SPREAD, len(order)))
        # Rounded by chance, so that what somebody spends depends neither on what they like nor on whole pieces: a
        # product dearer than a line may cost is bought the more rarely. Of an order the first line always is.
        pieces = self._pieces_by_chance(rng, product, value)
        taken = np.flatnonzero((pieces > 0) | first_of(order))
        order, product, pieces = order[taken], product[taken], np.maximum(pieces[taken], 1)
        order, product, owed = self._companions(rng, number, who, order, product, owed)
        added = slice(len(pieces), None)
        more = self._pieces_by_chance(rng, product[added], budget[order[added]])
        pieces = np.concatenate([pieces, np.maximum(more, 1)])
        order, product, at = once_each(order, product, len(self.catalogue.codes))
        rows = self._sold(rng, order, product, pieces[at])
        country = people.country[who]
        moving = (who == people.two_countries) & (ordinal % 2 == 1)
        rows = rows.take(np.flatnonzero(who[order] != people.bulk))
        kept = rows.invoice
        country = np.where(moving, COUNTRIES.index("Spain"), country)
        return rows.having(minute=minute[kept], customer=who[kept], country=country[kept]), owed

    def _products(self, rng: np.random.Generator, category: Ints) -> Ints:
        rank = np.searchsorted(self.catalogue.popularity, rng.random(len(category)), side="right")
        return category * self.catalogue.per_category + np.asarray(rank, dtype=np.int64)

    def _pieces_by_chance(self, rng: np.random.Generator, product: Ints, value: Floats) -> Ints:
        """Pieces that come to the value in the mean; 0 for many a product that is dearer."""
        return np.asarray(value / self.catalogue.list_price[product] + rng.random(len(product)), dtype=np.int64)

    def _companions(
        self, rng: np.random.Generator, number: int, who: Ints, order: Ints, product: Ints, owed: Ints
    ) -> tuple[Ints, Ints, Ints]:
        """Add what earlier purchases ask for: next month where the customer comes again, else in the same order."""
        companion = self.catalogue.companion[product]
        wanted = np.flatnonzero((companion >= 0) & (rng.random(len(product)) < COMPANION_CHANCE))
        buyer, bought = who[order[wanted]], companion[wanted]
        again = self.visits.buys_in(number + 1, buyer)
        first = np.searchsorted(who, owed[:, 0], side="left")
        orders = np.searchsorted(who, owed[:, 0], side="right") - first
        visit = first + (rng.random(len(owed)) * orders).astype(np.int64)
        order = np.concatenate([order, order[wanted][~again], visit])
        product = np.concatenate([product, bought[~again], owed[:, 1]])
        return order, product, np.unique(np.stack([buyer[again], bought[again]], axis=1), axis=0)

    def _sold(self, rng: np.random.Generator, invoice: Ints, product: Ints, quantity: Ints) -> Rows:
        """Prices and texts for (invoice, product, pieces); minute and customer are left to the caller."""
        price = self.catalogue.list_price[product]
        price = np.where(quantity >= VOLUME, price * 17 // 20, price)
        spelling = rng.integers(0, 10, len(product))
        text = np.where(spelling < 2, self.catalogue.other_texts[product, spelling % 2], product)
        text = self.catalogue.padded_text[text]
        return Rows.of(len(product), minute=0, invoice=invoice, code=product, text=text, quantity=quantity, price=price)

    def _anonymous(self, rng: np.random.Generator, number: int, named: int) -> Rows:
        """A third of the named rows again, without customer; one in eighty of them without price."""
        orders = max(2, round(named * 0.39 / float(LINES_ANONYMOUS.mean())))
        order = np.repeat(np.arange(orders), LINES_ANONYMOUS[rng.integers(0, len(LINES_ANONYMOUS), orders)])
        product = self._products(rng, rng.integers(0, len(CATEGORIES), len(order)))
        order, product, _ = once_each(order, product, len(self.catalogue.codes))
        value = LINE_VALUES[rng.integers(0, len(LINE_VALUES), len(order))]
        rows = self._sold(rng, order, product, _pieces(value, self.catalogue.list_price[product]))
        price = np.where(rng.random(len(rows)) < 0.0125, 0, rows.price)
        return rows.having(minute=self._times(rng, number, orders)[order], price=price)

    def _times(self, rng: np.random.Generator, number: int, size: int) -> Ints:
        low, high = self.calendar.month_bounds[number : number + 2]
        return self.calendar.draw(rng, np.full(size, low), np.full(size, high)) * DAY + _minutes(rng, size)

    def _returns(self, rng: np.random.Generator, number: int, named: Rows, earlier: Rows | None) -> tuple[Rows, Rows]:
        """Cancellations of this month, of its own purchases and of the last month's; and those left for the next."""
        people, calendar = self.population, self.calendar
        once = people.kind[named.customer] == OCCASIONAL
        candidates = named.take(np.flatnonzero(~once & (rng.random(len(named)) < RETURN_CHANCE)))
        first, end = people.window(calendar, number)
        after = candidates.minute // DAY + 1
        until = end[candidates.customer]
        now = (calendar.open_weight(np.minimum(after, until), until) > 0) & (rng.random(len(candidates)) < 0.7)
        own = candidates.take(now)
        days = [calendar.draw(rng, after[now], until[now])]
        parts = [own]
        later = candidates.take(~now)
        later = later.take(self.visits.buys_in(number + 1, later.customer))
        if earlier is not None and len(earlier):
            parts.append(earlier)
            days.append(calendar.draw(rng, first[earlier.customer], end[earlier.customer]))
        rows, day = Rows.joined(parts), np.concatenate(days)
        # What a customer returns on one day goes on one invoice, each product once.
        visit, invoice = np.unique(rows.customer * calendar.days + day, return_inverse=True)
        _, kept = np.unique(invoice * len(self.catalogue.codes) + rows.code, return_index=True)
        rows, day, invoice = rows.take(kept), day[kept], invoice[kept]
        minute = day * DAY + _minutes(rng, len(visit))[invoice]
        part = 1 + (rng.random(len(rows)) * rows.quantity).astype(np.int64)
        whole = rng.random(len(rows)) < 0.6
        quantity = -np.where(whole, rows.quantity, part)
        kind = np.full(len(rows), CANCELLATION)
        return rows.having(minute=minute, kind=kind, invoice=invoice, quantity=quantity), later

    def _extra(self, rows: Rows, chosen: Flags, code: str, quantity: int, price: Ints) -> Rows:
        """One more row, under a code that is no product, on the invoices of the chosen opening rows."""
        found = rows.take(chosen)
        which = np.full(len(found), self.catalogue.code_id(code))
        return found.having(code=which, text=which, quantity=np.full(len(found), quantity), price=price[chosen])

    def _postage(self, rng: np.random.Generator, named: Rows) -> Rows:
        opens = first_of(named.invoice)
        draw = rng.random(len(named))
        price = rng.integers(2, 9, len(named)) * 200
        eire = COUNTRIES.index("EIRE")
        abroad = opens & (named.country != HOME)
        parts = [
            self._extra(named, abroad & (named.country != eire) & (draw < 0.2), "POST", 1, price),
            self._extra(named, abroad & (named.country == eire) & (draw < 0.2), "C2", 1, price * 0 + 5000),
            self._extra(named, opens & (draw > 0.995), "M", 1, price + 95),
        ]
        return Rows.joined(parts)

    def _dotcom(self, rng: np.random.Generator, anonymous: Rows) -> Rows:
        chosen = first_of(anonymous.invoice) & (rng.random(len(anonymous)) < 0.04)
        return self._extra(anonymous, chosen, "DOT", 1, rng.integers(5_000, 60_000, len(anonymous)))

    def _discounts(self, rng: np.random.Generator, returns: Rows) -> Rows:
        chosen = first_of(returns.invoice) & (rng.random(len(returns)) < 0.03)
        return self._extra(returns, chosen, "D", -1, rng.integers(500, 5_000, len(returns)))

    def _write_offs(self, rng: np.random.Generator, number: int, rows: int) -> Rows:
        size = max(1, round(rows * 0.0025))
        texts = self.catalogue.write_off_texts
        return Rows.of(
            size,
            minute=self._times(rng, number, size),
            invoice=np.arange(size),
            code=rng.integers(0, self.catalogue.products, size),
            text=texts[np.maximum(rng.integers(-len(texts), len(texts), size), 0)],
            quantity=-rng.integers(1, 300, size),
            price=0,
        )

    def _fees(self, rng: np.random.Generator, number: int) -> Rows:
        code = np.array([self.catalogue.code_id("AMAZONFEE"), self.catalogue.code_id("BANK CHARGES")])
        price = rng.integers(1_000, 30_000, 2)
        minute = self._times(rng, number, 2)
        return Rows.of(
            2, minute=minute, kind=CANCELLATION, invoice=np.arange(2), code=code, text=code, quantity=-1, price=price
        )

    def _bad_debt(self, rng: np.random.Generator, number: int) -> Rows:
        code = self.catalogue.code_id("B")
        minute = np.sort(self._times(rng, number, 3))
        price = np.array([1_106_206, -1_106_206, -1_106_206])
        return Rows.of(
            3, minute=minute, kind=ADJUSTMENT, invoice=np.arange(3), code=code, text=code, quantity=1, price=price
        )

    def _bulk(self, number: int) -> list[Rows]:
        """The huge order and, on the same day, its return."""
        people = self.population
        day = int(people.first[people.bulk])
        if not self.calendar.month_bounds[number] <= day < self.calendar.month_bounds[number + 1]:
            return []
        shelf = int(np.argmax(people.mix[people.bulk])) * self.catalogue.per_category
        prices = self.catalogue.list_price[shelf : shelf + self.catalogue.per_category]
        product = shelf + int(np.argmin(prices))
        parts = []
        for kind, minute, sign in ((SALE, 601, 1), (CANCELLATION, 617, -1)):
            parts.append(
                Rows.of(
                    1,
                    minute=day * DAY + minute,
                    kind=kind,
                    customer=people.bulk,
                    country=int(people.country[people.bulk]),
                    code=product,
                    text=product,
                    quantity=sign * BULK_PIECES,
                    price=int(prices.min()) * 17 // 20,
                )
            )
        return parts


def _lines(rng: np.random.Generator, kind: Ints) -> Ints:
    """How many lines each order may have, by the kind of its customer."""
    lines = np.empty(len(kind), dtype=np.int64)
    for number, each in enumerate(VALUE_KINDS):
        who = kind == number
        lines[who] = np.array(each.lines)[rng.integers(0, len(each.lines), int(who.sum()))]
    return lines


def _pieces(value: Ints, price: Ints) -> Ints:
    return np.asarray(np.maximum(1, (value + price // 2) // price), dtype=np.int64)


def _minutes(rng: np.random.Generator, size: int) -> Ints:
    """Minute of the day between 8:00 and 20:58, most around noon."""
    hour = 8 + np.searchsorted(HOURS, rng.integers(0, HOURS[-1], size), side="right")
    return np.asarray(hour * 60 + rng.integers(0, 59, size), dtype=np.int64)
