"""Products of the b2b drop: which of them a contract row names, and how the name is written.

Belongs here: the shelf of each product line, padded spellings. Does not belong here: the words (`words`), the rest
of a contract (`contracts`).
"""

import numpy as np

from arcana_assets.samples.b2b.layout import Ints, Sizes
from arcana_assets.samples.b2b.words import product_names

PADDED, COMMAS, QUOTES = 93, 39, 4


def products_of(rng: np.random.Generator, lines: list[str], line: Ints, sizes: Sizes) -> tuple[list[str], Ints, Ints]:
    """Names, the number of the name in each row, and the number of the product, which padding does not change.

    Every product is told at least once; beyond that the first ones of a line are told most.
    """
    padded = sizes.of_words(PADDED, 6)
    rows = np.bincount(line, minlength=len(lines))
    products = sizes.products - padded
    shelf = np.minimum(rows, 1 + np.floor(rows * ((products - len(lines)) / rows.sum())).astype(np.int64))
    while (missing := products - int(shelf.sum())) > 0:
        shelf[np.argsort(shelf - rows)[:missing]] += 1
    first = np.cumsum(shelf) - shelf
    rank = np.floor(shelf[line] * rng.random(len(line)) ** 2).astype(np.int64)
    by_line = np.argsort(line, kind="stable")
    place = np.arange(len(line)) - np.repeat(np.cumsum(rows) - rows, rows)
    # The first rows of a line, in an order of chance, tell each product of it once.
    by_line = by_line[np.lexsort((rng.random(len(line)), line[by_line]))]
    rank[by_line] = np.where(place < shelf[line[by_line]], place, rank[by_line])
    numbers = rng.permutation(products)
    base = numbers[first[line] + rank]
    of_line = np.empty(products, dtype=np.int64)
    of_line[numbers] = np.repeat(np.arange(len(lines)), shelf)
    names = product_names(rng, lines, of_line, sizes.of_words(COMMAS, 3), sizes.of_words(QUOTES, 1))
    told = np.bincount(base, minlength=products)
    again = rng.choice(np.flatnonzero(told > 1), padded, replace=False)
    last = len(base) - 1 - np.unique(base[::-1], return_index=True)[1]
    text = base.copy()
    text[last[again]] = products + np.arange(padded)
    forms = ("{} ", " {}", "\t{}", "{}  ")
    names += [forms[number % 4].format(names[of]) for number, of in enumerate(again.tolist())]
    return names, text, base
