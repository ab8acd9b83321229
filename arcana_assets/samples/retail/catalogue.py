"""The invented range of goods of the retail sample: codes, Portuguese names, prices, companions, code and text pools.

Belongs here: what can be written in StockCode and Description. Does not belong here: who buys it (`customers`)
or when (`orders`).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

CATEGORIES = ("Eletrônicos", "Moda", "Livros", "Alimentos", "Brinquedos")

# StockCode -> Description of what the real file sells or books under a code that is no product.
NON_PRODUCTS = {
    "POST": "POSTAGE",
    "DOT": "DOTCOM POSTAGE",
    "M": "Manual",
    "D": "Discount",
    "C2": "CARRIAGE",
    "BANK CHARGES": "Bank Charges",
    "AMAZONFEE": "AMAZON FEE",
    "B": "Adjust bad debt",
}
WRITE_OFF_TEXTS = ("", "avariado", "perdido", "?", "contagem de estoque", "devolução sem nota, molhado")


class Words(NamedTuple):
    """How names and prices of one category are composed; prices in pence."""

    nouns: tuple[str, ...]
    attributes: tuple[str, ...]
    variants: tuple[str, ...]
    cheapest: int
    dearest: int


WORDS = {
    "Eletrônicos": Words(
        ("Fone de ouvido", "Luminária USB", "Caixa de som", "Carregador", "Teclado", "Relógio digital", 'Monitor 7"'),
        ("sem fio", "portátil", "compacto", "retrô", "à prova d'água"),
        ("preto", "branco", "vermelho", "série II"),
        795,
        3995,
    ),
    "Moda": Words(
        ("Lenço", "Bolsa", "Chapéu", "Luva", "Cinto", "Avental", "Chinelo"),
        ("de algodão", "de lã", "bordado à mão", "estampado", "listrado"),
        ("P", "M", "G", "tamanho único"),
        295,
        1995,
    ),
    "Livros": Words(
        ("Romance", "Coletânea de contos", "Guia de viagem", "Livro de receitas", "Agenda", "Caderno", "Atlas"),
        ("ilustrado", "de bolso", "clássico", "infantil", "comentado"),
        ("capa dura", "capa mole", "edição especial", "volume 2"),
        195,
        1295,
    ),
    "Alimentos": Words(
        ("Café", "Geleia", "Biscoito", "Chá", "Chocolate", "Castanha", "Pão de mel"),
        ("orgânico", "artesanal", "com açúcar mascavo", "sem glúten", "da fazenda"),
        ("100 g", "250 g", "500 g", "lata"),
        42,
        495,
    ),
    "Brinquedos": Words(
        ("Quebra-cabeça", "Boneca", "Carrinho", "Jogo da memória", "Pião", "Urso de pelúcia", "Fantoche"),
        ("de madeira", "colorido", "musical", "de pano", "educativo"),
        ("pequeno", "médio", "grande", "com caixa"),
        125,
        1495,
    ),
}
# The pound sign is what makes a UTF-8 reader fail on the real file.
POUND_NAMES = {"Livros": "Vale-livro £10", "Brinquedos": "Cofrinho de moedas de £1"}
COMPANIONS_PER_CATEGORY = 3


@dataclass(frozen=True)
class Catalogue:
    """All products, category after category and by falling popularity within one, and the pools rows point into.

    Code ids: products first (0 .. n-1), then `NON_PRODUCTS` in order; add `len(codes)` for the lower-case spelling.
    Text ids: the plain text of every code under the code's own id, then other spellings, then write-off texts.
    """

    codes: list[str]
    names: list[str]
    list_price: Ints
    """Pence, one a product."""
    per_category: int
    companion: Ints
    """Product bought with or soon after this one, -1 for none."""
    texts: list[str]
    other_texts: Ints
    """Products x 2: text ids of two other spellings, or the plain one again."""
    padded_text: Ints
    """Text id -> text id of the text as it leaves the till, with blanks for some products."""
    write_off_texts: Ints
    popularity: Floats
    """Cumulative share of the products of a category, in the order of the catalogue."""

    @property
    def products(self) -> int:
        return len(self.names)

    @property
    def affinities(self) -> list[tuple[str, str]]:
        """(antecedent, companion) product codes."""
        return [(self.codes[a], self.codes[self.companion[a]]) for a in np.flatnonzero(self.companion >= 0)]

    def code_id(self, code: str) -> int:
        """Id of a code that is no product."""
        return self.products + list(NON_PRODUCTS).index(code)

    def category_of(self, products: Ints) -> Ints:
        return products // self.per_category


def make_catalogue(rng: np.random.Generator, per_category: int = 40) -> Catalogue:
    """Compose `per_category` products for each category.

    Names are distinct combinations of noun, attribute and variant. Antecedents of companion pairs are popular, their
    companions are not, so that the pair stands out of what everybody buys anyway.
    """
    names: list[str] = []
    prices: list[int] = []
    companion = np.full(per_category * len(CATEGORIES), -1, dtype=np.int64)
    for number, category in enumerate(CATEGORIES):
        words = WORDS[category]
        chosen = rng.permutation(len(words.nouns) * len(words.attributes) * len(words.variants))[:per_category].tolist()
        names += [_name(words, combination) for combination in chosen]
        if category in POUND_NAMES:
            names[-1] = POUND_NAMES[category]
        # Real prices end in 5 pence or nearly so.
        prices += (rng.integers(words.cheapest, words.dearest + 1, per_category) // 10 * 10 + 5).tolist()
        first = number * per_category
        antecedents = 2 + 3 * np.arange(COMPANIONS_PER_CATEGORY)
        companion[first + antecedents] = first + per_category // 2 + 2 * np.arange(COMPANIONS_PER_CATEGORY)
    codes = _codes(rng, len(names)) + list(NON_PRODUCTS)
    texts = [name.upper() for name in names] + list(NON_PRODUCTS.values())
    other_texts = _other_spellings(rng, names, texts)
    padded_text = _padded(rng, len(names), texts)
    write_off_texts = len(texts) + np.arange(len(WRITE_OFF_TEXTS))
    texts += WRITE_OFF_TEXTS
    padded_text = np.concatenate([padded_text, np.arange(len(padded_text), len(texts))])
    weight = np.cumsum(1.0 / (np.arange(per_category) + 4.0))
    return Catalogue(
        codes=codes,
        names=names,
        list_price=np.array(prices, dtype=np.int64),
        per_category=per_category,
        companion=companion,
        texts=texts,
        other_texts=other_texts,
        padded_text=padded_text,
        write_off_texts=write_off_texts,
        popularity=weight / weight[-1],
    )


def _name(words: Words, combination: int) -> str:
    rest, variant = divmod(combination, len(words.variants))
    noun, attribute = divmod(rest, len(words.attributes))
    # A comma in the name of some products, so that a reader has to understand quotes.
    comma = "," if combination % 7 == 0 else ""
    return f"{words.nouns[noun]} {words.attributes[attribute]}{comma} {words.variants[variant]}"


def _codes(rng: np.random.Generator, products: int) -> list[str]:
    digits = rng.choice(np.arange(10_000, 90_000), products, replace=False).tolist()
    letters = rng.integers(0, 26, products).tolist()
    plain = (rng.random(products) < 0.35).tolist()
    suffixes = ["" if bare else chr(65 + letter) for letter, bare in zip(letters, plain, strict=True)]
    return [f"{digit}{suffix}" for digit, suffix in zip(digits, suffixes, strict=True)]


def _other_spellings(rng: np.random.Generator, names: list[str], texts: list[str]) -> Ints:
    """Give one product in ten two more descriptions; appends them to `texts`."""
    others = np.repeat(np.arange(len(names), dtype=np.int64)[:, None], 2, axis=1)
    for product in np.flatnonzero(rng.random(len(names)) < 0.1).tolist():
        others[product] = len(texts), len(texts) + 1
        texts += [f"{names[product].upper()} (NOVO)", names[product]]
    return others


def _padded(rng: np.random.Generator, products: int, texts: list[str]) -> Ints:
    """Blanks around the descriptions of a quarter of the products, about a fifth of the rows; appends to `texts`."""
    padded = np.arange(len(texts), dtype=np.int64)
    draws = rng.random(products)
    for product in np.flatnonzero(draws < 0.27).tolist():
        padded[product] = len(texts)
        texts.append(f"  {texts[product]}" if draws[product] < 0.03 else f"{texts[product]} ")
    return np.concatenate([padded, np.arange(len(padded), len(texts))])
