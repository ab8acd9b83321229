"""Texts that engines read differently, and what is asked of them."""

import random
from datetime import UTC, datetime, timedelta

import ibis
import ibis.expr.types as ir

from arcana_assets.engine import primitives

BLANKS = [
    "",
    " ",
    "\t",
    " a ",
    "\x0ba\x0c",
    "\x85a\xa0",
    "\u200bx\ufeff",
    "ff",
    "vf",
    "\u2003 é \u2003",
    "a\u2028b",
    None,
]
LETTERS = ["ß", "İ", "ŉ", "ﬁ", "ΐ", "straße", "Ação", "NÃO", "É", "é", "e\u0301", "ǰ", "ᾳ", "Σίσυφος"]
SIGNS = ["x\r\n", "a\\b", "it's", "$1", "\\1", "a|b", "x\x1fy", "1\n", "12\x0b", "\n12", "a b\nc", "[a]", "a&b"]
NUMBERS = [
    "00012",
    "0",
    "000",
    "1e5",
    "1E-3",
    "1e400",
    "-0",
    "+5",
    "5.",
    "5.0",
    ".5",
    " 7 ",
    "1,5",
    "1.234,5",
    "12.345",
]
NUMBERS += ["99999999999999999999", "9223372036854775807", "9223372036854775808", "-9223372036854775809", "6.5"]
NUMBERS += ["0.00005", "0.00004", "-0.00005", "123456789012345.99999", "1e10", "2.50", "--1", "1-", "inf", "x"]
TEXTS = [*BLANKS, *LETTERS, *SIGNS, *NUMBERS]
PATTERNS = (r"\s+", r"^\s*[+-]?\d+(\.0*)?\s*$", r"^0+(.)", r"(?i)straße|É", r"^(?:.*)$", r"[\s\w]+$", r"[[\]&]")
PATTERNS += (r"A\b", r"\be", r"\bé", r"o\B", r"\BO", r"[[:alpha:]]{2}", r"[^[:alpha:][:digit:]]", r"[[:^space:]_]$")
PATTERNS += (r"^[[:word:]]+$", r"^(?P<whole>\d+)(?P<part>\.\d+)?$", r"[[:punct:]]", r"(?i)[[:lower:]]")
REPLACED = ((r"\s+", " "), (r"\D+", ""), (r"^0+(.)", r"\1"), (r"(.)\\(.)", r"\2$\1"), (r"$", "!"))
FORMATS = ("%m/%d/%Y %H:%M", "%Y-%m-%d", "%Y%m%d", "%-m/%-d/%Y %-I:%M:%S %p", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m")
FORMATS += ("%d/%m/%y", "%b %d %Y", "%d de %B, %Y", "%a %d/%m/%Y", "%H:%M", "%I:%M %d.%m.%Y", "%Y-%m-%d 50%%")
ZONED = ("%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S.%f%z")
OFFSETS = ("+00:00", "+0200", "-03:30", "+2", "+02", "+02:3", "Z", "", "+14:00", "-25:00", "+02:30:15", " +01:00")
ZONES = ("Europe/London", "America/Sao_Paulo", "Australia/Lord_Howe", "America/New_York", "UTC")


def of_texts(text: ir.StringValue) -> dict[str, ir.Value]:
    """Whatever the landing does with a text that is no date."""
    made: dict[str, ir.Value] = {
        "trimmed": primitives.trimmed(text),
        "bare": primitives.bare(text),
        "strip": text.strip(),
        "upper": text.upper(),
        "lower": text.lower(),
        "length": text.length(),
        "two": text.substr(0, 2),
        "parts": text.split("|").length(),
        "spelt": text.replace("\x0c", "F").replace("\x0b", "V").replace("a\\b", "Q"),
        "joined": text + "\x1f" + "'\\n",
        "null": text.nullif(""),
    }
    made |= {f"search {pattern}": text.re_search(pattern) for pattern in PATTERNS}
    made |= {f"replace {pattern} {text_}": text.re_replace(pattern, text_) for pattern, text_ in REPLACED}
    spelt = text.re_search(r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$").ifelse(text, ibis.null("string"))
    made |= {kind: spelt.try_cast(kind) for kind in ("int64", "decimal(18, 4)")}
    number = spelt.try_cast("float64")
    return made | {"float64": number.isinf().ifelse(ibis.null("float64"), number)}


def of_dates(text: ir.StringValue) -> dict[str, ir.Value]:
    """A text in each format."""
    local = {form: primitives.parse_local(text, form) for form in FORMATS}
    return {**local, **{form: primitives.parse_zoned(text, form) for form in ZONED}}


def of_hours(text: ir.StringValue) -> dict[str, ir.Value]:
    """A local time as an instant of several zones, and an instant as local time, day and month there."""
    local = primitives.parse_local(text, "%Y-%m-%d %H:%M")
    instant = primitives.to_instant(local, "UTC")
    made: dict[str, ir.Value] = {}
    for zone in ZONES:
        here = primitives.to_local(instant, zone)
        made |= {f"instant {zone}": primitives.to_instant(local, zone), f"local {zone}": here}
        made |= {f"day {zone}": primitives.local_date(instant, zone), f"month {zone}": here.truncate("M").date()}
    return made


def dates(each: int = 120, seed: int = 5) -> list[str]:
    """Texts in and near the formats: with a sign more, less or another one, and in other letter case."""
    draw, made = random.Random(seed), list[str]()
    for form in (*FORMATS, *ZONED):
        for _ in range(each):
            day = datetime(
                draw.choice([201, 1899, 2011, 2024, 9998]), draw.randint(1, 12), draw.randint(1, 28), tzinfo=UTC
            )
            at = day + timedelta(microseconds=draw.randrange(86_400_000_000))
            text = list(at.strftime(form.replace("%-", "%").replace("%z", draw.choice(OFFSETS))))
            for _ in range(draw.choice([0, 0, 0, 1, 1, 2])):
                place = draw.randrange(len(text))
                change = draw.randrange(4)
                if change == 0:
                    text.pop(place)
                elif change == 1:
                    text.insert(place, draw.choice("0123456789 /-:.\tTZ+xé"))
                elif change == 2:
                    text[place] = draw.choice("0123456789")
                else:
                    text[place] = text[place].swapcase()
            made.append("".join(text))
    return [*made, "", "epoch", "infinity", " 1/1/2011 ", "2011-05-05\n", "2011-05-05\xa0"]


def hours() -> list[str]:
    """Every half hour of the days on which clocks were changed somewhere."""
    days = [
        datetime(2011, 3, 26, tzinfo=UTC),
        datetime(2011, 10, 29, tzinfo=UTC),
        datetime(2018, 2, 17, tzinfo=UTC),
        datetime(2018, 11, 3, tzinfo=UTC),
    ]
    days += [datetime(2011, 4, 2, tzinfo=UTC), datetime(2011, 3, 12, tzinfo=UTC), datetime(2011, 11, 5, tzinfo=UTC)]
    return [f"{day + timedelta(minutes=30 * half):%Y-%m-%d %H:%M}" for day in days for half in range(100)]
