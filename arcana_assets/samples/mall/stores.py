"""The stores and zones of the mall, and which store somebody goes to.

Belongs here: `lojas.csv`, which stores are open on a day, how popular they are. Does not belong here: who buys
(`people`), what is paid (`receipts`).
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from arcana_assets.samples.lines import integers, lines_of, picked
from arcana_assets.samples.mall.kinds import CATEGORIES
from arcana_assets.samples.mall.layout import BEFORE, Flags, Floats, Ints, Period

ZONES, FLOORS = 24, 4
STYLES = 4
"""Groups of stores that the same people like: who shops at one of a style shops at others of it."""
OWN_STYLE = 0.65  # share of visits to stores of one's own style
_SIZES = (48, 36, 14, 12, 20, 8, 4, 18, 16)  # stores by category
_PRICE_LEVELS = ((1, 5), (1, 4), (4, 5), (2, 5), (1, 3), (2, 4), (1, 3), (2, 5), (2, 4))
_AREAS = (120, 70, 140, 180, 45, 900, 1_800, 80, 260)  # median m²
_OPENING, _CLOSING = 4, 5  # stores that open, and that close, within the period
_FIRST_WORDS = (
    *("Alameda", "Aurora", "Bela", "Brisa", "Canto", "Casa", "Cedro", "Clara", "Cores", "Duna", "Estação", "Farol"),
    *("Flor", "Folha", "Janela", "Jardim", "Lume", "Maré", "Morada", "Neblina", "Norte", "Oca", "Orla", "Pátio"),
    *("Ponte", "Porto", "Prisma", "Raiz", "Ribeira", "Serra", "Sol", "Sobrado", "Trama", "Vale", "Varanda", "Vila"),
)
_SECOND_WORDS = {
    "moda": ("Moda", "Tecidos", "Calçados", "Jeans"),
    "alimentacao": ("Café", "Cantina", "Grelhados", "Doces"),
    "luxo": ("Joias", "Alta Costura", "Relógios"),
    "eletronicos": ("Eletrônicos", "Celulares"),
    "servicos": ("Ótica", "Lavanderia", "Câmbio", "Chaves"),
    "lazer": ("Cinema", "Jogos", "Boliche"),
    "supermercado": ("Mercado", "Empório"),
    "beleza": ("Perfumes", "Cabelos", "Cosméticos"),
    "casa": ("Móveis", "Cama e Mesa", "Decoração"),
}


@dataclass(frozen=True)
class Stores:
    """One element a store, category after category. Of each category and style the first store is always open."""

    names: list[str]
    category: Ints
    price_level: Ints
    zone: Ints
    area: Ints
    """In tenths of a square metre."""
    opened: Ints
    """Days of the period; before it they are negative."""
    closed: Ints
    """The day from which it is shut; past the period for one that stays."""
    _starts: Ints
    """Categories x styles: the first store; stores of one category and style lie together."""
    _sizes: Ints

    def __len__(self) -> int:
        return len(self.names)

    @property
    def ids(self) -> list[str]:
        return [f"L{number:04}" for number in range(1, len(self) + 1)]

    def picked(self, rng: np.random.Generator, category: Ints, style: Ints, day: Ints) -> Ints:
        """A store of each category, more often of the style and of popular ones; a shut one gives way to another."""
        other = rng.random(len(category)) >= OWN_STYLE
        of = np.where(other, rng.integers(0, STYLES, len(category)), style)
        first, size = self._starts[category, of], self._sizes[category, of]
        # The square makes the first of a group the popular ones.
        chosen = first + (rng.random(len(category)) ** 2 * size).astype(np.int64)
        return np.where((self.opened[chosen] <= day) & (day < self.closed[chosen]), chosen, first)


def make_stores(rng: np.random.Generator, period: Period) -> Stores:
    """176 stores; a few open and a few close within the period."""
    category = np.repeat(np.arange(len(CATEGORIES)), _SIZES)
    place = np.arange(len(category)) - np.repeat(np.cumsum(_SIZES) - np.array(_SIZES), _SIZES)
    size = np.array(_SIZES)[category]
    style = place * STYLES // size
    starts = np.array(
        [[int(np.argmax((category == c) & (style == s))) for s in range(STYLES)] for c in range(len(_SIZES))]
    )
    sizes = np.array([[int(((category == c) & (style == s)).sum()) for s in range(STYLES)] for c in range(len(_SIZES))])
    low, high = np.array(_PRICE_LEVELS)[category].T
    opened = -rng.integers(200, BEFORE - 1, len(category))
    closed = np.full(len(category), period.days + 1)
    movable = rng.permutation(np.setdiff1d(np.arange(len(category)), starts))[: _OPENING + _CLOSING]
    opened[movable[:_OPENING]] = rng.integers(1, period.days, _OPENING)
    closed[movable[_OPENING:]] = rng.integers(1, period.days, _CLOSING)
    return Stores(
        names=_names(rng, category),
        category=category,
        price_level=rng.integers(low, high + 1),
        zone=rng.integers(0, ZONES, len(category)),
        area=np.rint(10 * np.array(_AREAS)[category] * np.exp(rng.normal(0, 0.35, len(category)))).astype(np.int64),
        opened=opened,
        closed=closed,
        _starts=starts,
        _sizes=sizes,
    )


def _names(rng: np.random.Generator, category: Ints) -> list[str]:
    """Distinct names of plain words."""
    names: list[str] = []
    for number, name in enumerate(CATEGORIES):
        words = _SECOND_WORDS[name]
        chosen = rng.permutation(len(_FIRST_WORDS) * len(words))[: int((category == number).sum())].tolist()
        names += [f"{_FIRST_WORDS[at // len(words)]} {words[at % len(words)]}" for at in chosen]
    return names


def zones() -> list[str]:
    return [f"Z{number:02}" for number in range(1, ZONES + 1)]


def floor_of(zone: Ints) -> Ints:
    return zone * FLOORS // ZONES


def store_lines(stores: Stores, period: Period) -> pa.Array:
    """The lines of `lojas.csv`."""
    open_yet: Flags = stores.closed > period.days
    return lines_of(
        [
            pa.array(stores.ids),
            pa.array(stores.names),
            picked(CATEGORIES, stores.category),
            integers(stores.price_level),
            picked(zones(), stores.zone),
            integers(floor_of(stores.zone)),
            _tenths(stores.area),
            period.local_days(stores.opened),
            period.local_days(np.where(open_yet, 0, stores.closed), open_yet),
        ]
    )


def _tenths(numbers: Ints) -> pa.Array:
    return pa.array([f"{number // 10},{number % 10}" for number in numbers.tolist()])


def price_of(stores: Stores, store: Ints) -> Floats:
    """What a receipt of each store costs in the median, in cents."""
    medians = np.array([150, 48, 480, 480, 60, 65, 140, 110, 210], dtype=np.float64)
    return np.asarray(100 * medians[stores.category[store]] * 1.22 ** (stores.price_level[store] - 3.0))
