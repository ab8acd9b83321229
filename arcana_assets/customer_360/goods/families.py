"""Product families learned from descriptions, for shops whose file has no categories.

Belongs here: reading product nouns out of short descriptions, choosing the families and keeping them for ever.
Does not belong here: which products exist or how much they sold (`rollups`), which category they then have
(`categories`).
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

import pandas as pd

from arcana_assets.domain.errors import ArcanaError, nearest
from arcana_assets.domain.words import DEFAULTS

_COLUMNS = ("product_id", "month", "description", "units")

# A family needs a noun. These words say which one, how many or how big, never what it is: they head no family.
_GLUE = "a an and the of on to at by from as or up off no your my new de da do das dos e o as os um uma por sem no na"
_COLOURS = (
    "red pink blue green white black cream ivory silver gold golden purple yellow orange brown grey gray turquoise "
    "lilac mint navy beige amber olive ruby multicolour colour color vermelho vermelha rosa azul verde branco branca "
    "preto preta prata dourado dourada roxo roxa amarelo amarela laranja marrom cinza bege cor colorido colorida"
)
_SIZES = (
    "small medium large big mini jumbo giant tiny huge long short tall cm mm inch litre round square "
    "pequeno pequena medio media grande gigante longo curto alto redondo redonda quadrado quadrada tamanho"
)
_COUNTS = "set pack piece pcs pc pair assorted tier asst conjunto kit pacote par peca jogo sortido unidade"
_STYLES = (
    "design style shape effect pattern vintage retro retrospot polkadot spot stripe striped floral paisley classic "
    "antique modern traditional christmas xmas easter birthday wedding natal pascoa aniversario estilo modelo estampa"
)
_NOT_NOUNS = frozenset(f"{_GLUE} {_COLOURS} {_SIZES} {_COUNTS} {_STYLES}".split())
_TAIL = frozenset({"with", "w", "in", "for", "com", "c", "em", "para"})  # an accessory or a use follows

_NOUNS_PER_FAMILY = 3  # nouns considered for each family; those of a kind join, the smallest are left out
_MAXIMUM_NOUNS = 3  # of one family, so that its name can say them all
_MINIMUM_HEADNESS = 0.4  # of the products that carry a noun, the share that must have it as their head
_MINIMUM_SHARE = 0.005  # of the products, what a noun must add to be considered; twice that to be a family
_MINIMUM_LIKENESS = 0.25  # cosine of two nouns' company; in a gift shop mug and cup have .27, mug and tin .17
_MINIMUM_PRODUCTS_OF_A_WORD = 5  # a rarer word says nothing about the company a noun keeps


class UnreadableProducts(ArcanaError):
    """Raised when the frame of products lacks a column."""


@dataclass(frozen=True)
class FamilyVocabulary:
    """What was learned once: the family of each head noun, and at which end of a description the head stands."""

    families: Mapping[str, str]
    head_last: bool

    def family_of(self, description: str, other: str) -> str:
        """The family of the head noun nearest to the head end, `other` where no noun is known."""
        for word in _words(description, self.head_last):
            for form in (word, *_singulars(word)):
                if form in self.families:
                    return self.families[form]
        return other


def families_by_month(
    products: pd.DataFrame,
    months: Sequence[date | pd.Timestamp],
    families: int = 12,
    minimum_products: int = 200,
    other: str = DEFAULTS["other_family"],
) -> pd.DataFrame:
    """Each product's family as of each of the months; it never changes once known.

    Takes product x month x description: product_id, month (date or datetime), description (may be null), units (how
    often the description was used in the month). Returns one row a month and product, ordered by them: month,
    product_id, family, first_month (dates), description (the most used one of its latest described month, trimmed; ""
    if it has none).

    The rule: the vocabulary is learned once, from the products described up to the first month that knows at least
    `minimum_products` of them. Seen from an earlier month, every product is `other`; from that month on a product has
    the family of its most used description in the first month it was described in. So the result as of month m is the
    result for the rows of months up to m, and rows of later months change neither a name nor a product's family.

    Raises UnreadableProducts for a missing column. Method: see `learn_vocabulary`.
    """
    rows = _described(products)
    by_use = rows.sort_values(["product_id", "month", "units", "text"], ascending=[True, True, False, True])
    described = by_use[by_use["text"] != ""].drop_duplicates(["product_id", "month"])
    first = described.drop_duplicates("product_id").set_index("product_id")
    found, learned = _family_by_product(first, families, minimum_products, other)
    parts = []
    for month in map(pd.Timestamp, months):
        seen = by_use[by_use["month"] <= month].groupby("product_id", sort=True)["month"].min()
        latest = (
            described[described["month"] <= month].drop_duplicates("product_id", keep="last").set_index("product_id")
        )
        family = seen.index.to_series().where(seen.index.isin(latest.index)).map(found)
        known = learned is not None and learned <= month
        columns = {
            "month": month.date(),
            "product_id": seen.index,
            "family": family.fillna(other).to_numpy(dtype=object) if known else other,
            "first_month": pd.Series(seen.dt.date.to_numpy(), dtype=object),
            "description": latest["text"].reindex(seen.index).fillna("").to_numpy(dtype=object),
        }
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def learn_vocabulary(descriptions: Iterable[str], families: int = 12) -> FamilyVocabulary:
    """Learn at most `families` families from one description a product; the order of the descriptions is of no account.

    Method, all counts over products:
    1. A description's head is its last word (English) or its first (Portuguese) that is no colour, size, count, style
       or glue, before any "with", "in", "for". Heads repeat more than modifiers do: the end with the higher sum of
       squared counts is the head end.
    2. Head nouns by greedy cover (Nemhauser, Wolsey and Fisher 1978): again and again the noun that adds most products
       not yet covered, among those that are the head of at least 40 % of the products that carry them.
    3. The two nouns that keep the most similar company join (log counts x inverse document frequency, cosine
       at least .25), as necklaces and earrings do; three nouns and 1/`families` of the products is where joining ends.
    4. The largest `families` groups with at least 1 % of the products are the families, named by all their nouns, the
       most frequent first, so that a name never hides what is in it. Ties go to the alphabet.
    """
    texts = sorted(descriptions)
    head_last = _concentration(texts, True) >= _concentration(texts, False)
    raw = [_words(text, head_last) for text in texts]
    corpus = {word for words in raw for word in words}
    documents = [[_singular(word, corpus) for word in words] for words in raw]
    carried = Counter(word for words in documents for word in set(words))
    heads = Counter(words[0] for words in documents if words)
    nouns = {word for word, count in heads.items() if count >= _MINIMUM_HEADNESS * carried[word]}
    smallest = max(2, math.ceil(_MINIMUM_SHARE * len(documents)))
    chosen = _greedy_cover(documents, nouns, families * _NOUNS_PER_FAMILY, smallest)
    groups = _join_kinds(documents, chosen, carried, families)
    names = {noun: _name(group, carried) for group in groups for noun in group}
    return FamilyVocabulary(dict(sorted(names.items())), head_last)


def _described(products: pd.DataFrame) -> pd.DataFrame:
    for column in _COLUMNS:
        if column not in products.columns:
            raise UnreadableProducts(f"products have no column '{column}'{nearest(column, products.columns)}")
    text = products["description"].fillna("").astype(str).str.split().str.join(" ")
    rows = products[["product_id", "units"]].assign(month=pd.to_datetime(products["month"]), text=text)
    return rows.groupby(["product_id", "month", "text"], as_index=False, sort=True)[["units"]].sum()


def _family_by_product(
    first: pd.DataFrame, families: int, minimum_products: int, other: str
) -> tuple[dict[str, str], pd.Timestamp | None]:
    """The family of each product described so far, and the month in which families were learned."""
    known = first.groupby("month").size().sort_index().cumsum()
    enough = known[known >= max(minimum_products, 1)]
    if enough.empty:
        return {}, None
    learned = enough.index[0]
    vocabulary = learn_vocabulary(first.loc[first["month"] <= learned, "text"], families)
    described = zip(first.index, first["text"], strict=True)
    return {product: vocabulary.family_of(text, other) for product, text in described}, learned


def _words(description: str, head_last: bool) -> list[str]:
    """Words that may be nouns, the head first, what follows a "with" last."""
    words = re.findall(r"[^\W\d_]+", re.sub(r"\b[tT][- ](?=[lL]ight)", "t", description).lower())
    cut = next((at for at, word in enumerate(words) if word in _TAIL), len(words))
    body, tail = ([word for word in part if _may_be_noun(word)] for part in (words[:cut], words[cut:]))
    return (body[::-1] if head_last else body) + tail


def _may_be_noun(word: str) -> bool:
    return len(word) > 1 and not any(form in _NOT_NOUNS for form in (word, _folded(word), *_singulars(word)))


def _folded(word: str) -> str:
    return word.translate(str.maketrans("áàâãéêíóôõúç", "aaaaeeiooouc"))


def _singulars(word: str) -> list[str]:
    """Possible singulars of an English or Portuguese plural, the likelier first."""
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return []
    if word.endswith("ões"):
        return [word[:-3] + "ão"]
    likely = [word[:-3] + "y"] if word.endswith("ies") else []
    if re.search(r"(ss|x|ch|sh|r|z)es$", word):
        likely.append(word[:-2])
    return [*likely, word[:-1]]


def _singular(word: str, corpus: set[str]) -> str:
    """The singular that is in use; the plain one where none is, so that `squares` never becomes `squar`."""
    forms = _singulars(word)
    plain = forms[-1] if word.endswith(("res", "zes")) else next(iter(forms), word)
    return next((form for form in forms if form in corpus), plain)


def _concentration(texts: Sequence[str], head_last: bool) -> int:
    heads = Counter(words[0] for words in (_words(text, head_last) for text in texts) if words)
    return sum(count * count for count in heads.values())


def _greedy_cover(documents: Sequence[Sequence[str]], nouns: set[str], limit: int, smallest: int) -> list[str]:
    open_documents = [nouns.intersection(words) for words in documents]
    chosen: list[str] = []
    while len(chosen) < limit:
        gain = Counter(word for words in open_documents for word in words)
        best = min(gain, key=lambda word: (-gain[word], word), default=None)
        if best is None or gain[best] < smallest:
            break
        chosen.append(best)
        open_documents = [words for words in open_documents if best not in words]
    return chosen


def _join_kinds(
    documents: Sequence[Sequence[str]], nouns: Sequence[str], carried: Counter, families: int
) -> list[tuple[str, ...]]:
    """Join the two likest groups while they are of a kind, then keep the `families` largest of at least 1 %."""
    company: dict[tuple[str, ...], Counter] = {(noun,): Counter() for noun in nouns}
    size: Counter = Counter()
    for words in documents:
        head = next((word for word in words if (word,) in company), None)
        if head is not None:
            size[(head,)] += 1
            company[(head,)].update({word for word in words if (word,) not in company})
    ceiling = len(documents) / max(families, 1)
    while pairs := [
        (-likeness, left, right)
        for left, right in combinations(sorted(company), 2)
        if size[left] + size[right] <= ceiling
        and len(left + right) <= _MAXIMUM_NOUNS
        and (likeness := _likeness(company[left], company[right], carried, len(documents))) >= _MINIMUM_LIKENESS
    ]:
        _, left, right = min(pairs)
        joined = tuple(sorted(left + right))
        company[joined] = company.pop(left) + company.pop(right)
        size[joined] = size[left] + size[right]
    largest = sorted(company, key=lambda group: (-size[group], group))[:families]
    return [group for group in largest if size[group] >= 2 * _MINIMUM_SHARE * len(documents)]


def _likeness(left: Counter, right: Counter, carried: Counter, total: int) -> float:
    def weights(counts: Counter) -> dict[str, float]:
        rare = _MINIMUM_PRODUCTS_OF_A_WORD
        return {
            word: math.log1p(count) * math.log(total / carried[word])
            for word, count in counts.items()
            if carried[word] >= rare
        }

    a, b = weights(left), weights(right)
    norm = math.sqrt(math.fsum(x * x for x in a.values()) * math.fsum(x * x for x in b.values()))
    return math.fsum(a[word] * b[word] for word in sorted(a.keys() & b.keys())) / norm if norm else 0.0


def _name(group: Sequence[str], carried: Counter) -> str:
    nouns = sorted(group, key=lambda noun: (-carried[noun], noun))
    titles = ["T-Light" if noun == "tlight" else noun.title() for noun in nouns]
    return " & ".join(part for part in (", ".join(titles[:-1]), titles[-1]) if part)
