"""Spark's SQL, where Ibis says it so that the rows would be others than DuckDB's, or cannot say it.

Belongs here: the primitives, texts, patterns and types, at compile time: no function is made on the server, which may
be one that many use. Does not belong here: sessions, files.

That the rows are the same is known by running both; that a statement compiles says nothing of it.
"""

from collections.abc import Mapping
from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import sqlglot as sg
import sqlglot.expressions as sge
from ibis.backends.sql.compilers.pyspark import PySparkCompiler
from ibis.backends.sql.datatypes import PySparkType
from ibis.config import Config

from arcana_assets.domain.errors import ArcanaError
from arcana_assets.engine.primitives import BLANKS, INVISIBLE
from arcana_assets.engine.spark.dates import MONTHS, pattern_of
from arcana_assets.engine.spark.patterns import in_java, replacement_in_java

_HOUR = 3_600_000_000  # microseconds
LATE = (_HOUR, _HOUR // 2, 2 * _HOUR)
"""By how much clocks are put back where anybody does."""

_NOBODYS = 0xE000  # begins the letters that Unicode gives to nobody
_LETTERS = [chr(code) for code in range(0x80, 0x10000) if not 0xD800 <= code < 0xF900]
UPPER = {each: each.title() if len(each.title()) == 1 else each for each in _LETTERS if len(each.upper()) > 1}
UPPER |= {"ß": "ẞ"} | {each: each for each in "\u019b\u0264\u1c8a\ua7cd\ua7db"}
LOWER = {"İ": "i"} | {each: each for each in "\u1c89\ua7cb\ua7cc\ua7da\ua7dc"}
"""Letters that Spark has other ones for than DuckDB, and DuckDB's."""


class NotOnSpark(ArcanaError):
    """Raised where an expression asks for what only DuckDB is told here."""


class _Options(Config):
    """What Ibis' compiler for Spark asks of the options of a backend that is not loaded here."""

    treat_nan_as_null: bool = False


def compiler_of_spark() -> "SparkCompiler":
    """The compiler, with the options that it asks for."""
    if getattr(ibis.options, "pyspark", None) is None:
        ibis.options.pyspark = _Options()
    return SparkCompiler()


class SparkType(PySparkType):
    """Ibis takes a local time for an instant."""

    @classmethod
    def from_ibis(cls, dtype: dt.DataType) -> sge.DataType:
        if isinstance(dtype, dt.Timestamp) and dtype.timezone is None:
            return sge.DataType(this=sge.DataType.Type.TIMESTAMPNTZ)
        return super().from_ibis(dtype)


class SparkCompiler(PySparkCompiler):
    """Ibis' compiler for Spark, with the primitives, and with what differs from DuckDB."""

    __slots__ = ()

    type_mapper = SparkType

    def visit_ScalarUDF(self, op: ops.ScalarUDF, **arguments: Any) -> sge.Expression:
        """The primitives. Raises NotOnSpark for any other function."""
        make = getattr(self, f"_{op.__func_name__}", None)
        if make is None:
            raise NotOnSpark(f"{op.__func_name__} is a function of DuckDB; Spark is not told what it is.")
        given = [
            op.args[place].value if isinstance(op.args[place], ops.Literal) else value
            for place, value in enumerate(arguments.values())
        ]
        made: sge.Expression = make(*given)
        return made

    def _trimmed(self, text: sge.Expression) -> sge.Expression:
        return self._without(text, "".join(map(chr, BLANKS)))

    def _bare(self, text: sge.Expression) -> sge.Expression:
        return self._without(text, "".join(map(chr, INVISIBLE)))

    def _parse_local(self, text: sge.Expression, form: str) -> sge.Expression:
        return self._try_cast(self._written(text, form), dt.timestamp)

    def _parse_zoned(self, text: sge.Expression, form: str) -> sge.Expression:
        zone = self._part(text, form, "z")
        sign = self.if_(self.f.anon.startswith(zone, "-"), sge.convert(-1), sge.convert(1))
        digits = self.f.anon.rpad(self.f.anon.regexp_replace(zone, "[^0-9]", ""), 6, "0")
        hours, minutes, seconds = (self.cast(self.f.anon.substr(digits, at, 2), dt.int64) for at in (1, 3, 5))
        offset = sign * sge.paren(hours * 3600 + minutes * 60 + seconds)
        local = self.f.anon.unix_micros(self._as_instant(self._parse_local(text, form)))
        return self.f.anon.timestamp_micros(local - offset * 1_000_000)

    def _to_instant(self, local: sge.Expression, zone: str) -> sge.Expression:
        """Of an hour that the clocks show twice, the second; Spark gives the first."""
        here = self._as_instant(local)
        first = self.f.anon.to_utc_timestamp(here, zone)
        later = [self.f.anon.timestamp_micros(self.f.anon.unix_micros(first) + late) for late in LATE]
        again = [self.if_(self.f.anon.from_utc_timestamp(each, zone).eq(here), each, sge.Null()) for each in later]
        return self.f.coalesce(*again, first)

    def _to_local(self, instant: sge.Expression, zone: str) -> sge.Expression:
        return self.cast(self.f.anon.from_utc_timestamp(instant, zone), dt.timestamp)

    def visit_Strip(self, op: ops.Strip, *, arg: sge.Expression) -> sge.Expression:
        """DuckDB is told by Ibis to take all blanks of ASCII for blanks."""
        return self._without(arg, " \t\n\r\v\f")

    def visit_Uppercase(self, op: ops.Uppercase, *, arg: sge.Expression) -> sge.Expression:
        """Letter by letter."""
        return self._cased(arg, "upper", UPPER)

    def visit_Lowercase(self, op: ops.Lowercase, *, arg: sge.Expression) -> sge.Expression:
        """Letter by letter."""
        return self._cased(arg, "lower", LOWER)

    def visit_RegexSearch(self, op: ops.RegexSearch, *, arg: Any, pattern: Any) -> sge.Expression:
        """As RE2 reads patterns."""
        return self.f.anon.regexp_like(arg, sge.convert(in_java(_told(op.pattern))))

    def visit_RegexReplace(self, op: ops.RegexReplace, *, arg: Any, pattern: Any, replacement: Any) -> sge.Expression:
        """As RE2 reads patterns and replacements."""
        told = in_java(_told(op.pattern)), replacement_in_java(_told(op.replacement))
        return self.f.anon.regexp_replace(arg, *map(sge.convert, told))

    def visit_StringSplit(self, op: ops.StringSplit, *, arg: Any, delimiter: Any) -> sge.Expression:
        """At a text; Spark splits at a pattern."""
        return self.f.anon.split(arg, self._text(rf"\Q{_told(op.delimiter)}\E"))

    def visit_TryCast(self, op: ops.TryCast, *, arg: Any, to: dt.DataType) -> sge.Expression:
        """Spark reads no whole number that is written with a point."""
        if op.arg.dtype.is_string() and to.is_integer():
            arg = self._try_cast(arg, dt.Decimal(38, 0))
        return self._try_cast(arg, to)

    def visit_IsInf(self, op: ops.IsInf, *, arg: Any) -> sge.Expression:
        """Ibis compares the two expressions instead of having Spark compare their values."""
        return self.f.anon.abs(arg).eq(self.POS_INF) if op.arg.dtype.is_floating() else sge.false()

    def visit_IsNull(self, op: ops.IsNull, *, arg: Any) -> sge.Expression:
        """What is no number is not null in DuckDB."""
        return arg.is_(sge.Null())

    def visit_NotNull(self, op: ops.NotNull, *, arg: Any) -> sge.Expression:
        """As IsNull."""
        return arg.is_(sg.not_(sge.Null()))

    def visit_NonNullLiteral(self, op: ops.Literal, *, value: Any, dtype: dt.DataType) -> sge.Expression | None:
        """Spark knows no escape for some signs, and would take the letter of that escape in their place."""
        if dtype.is_string():
            return self._text(value)
        made: sge.Expression | None = super().visit_NonNullLiteral(op, value=value, dtype=dtype)
        return made

    def _text(self, value: str) -> Any:
        """A text; its control characters by their numbers."""
        parts, plain = list[Any](), ""
        for sign in value:
            if ord(sign) >= 32 and ord(sign) != 127:
                plain += sign
                continue
            parts += [sge.convert(plain)] if plain else []
            parts, plain = [*parts, self.f.anon.char(ord(sign))], ""
        parts += [sge.convert(plain)] if plain or not parts else []
        return parts[0] if len(parts) == 1 else self.f.anon.concat(*parts)

    def _without(self, text: sge.Expression, signs: str) -> sge.Expression:
        return self.f.anon.btrim(text, self._text(signs))

    def _try_cast(self, value: sge.Expression, to: dt.DataType) -> sge.Expression:
        return sge.TryCast(this=value, to=self.type_mapper.from_ibis(to), safe=True)

    def _cased(self, text: sge.Expression, function: str, apart: Mapping[str, str]) -> sge.Expression:
        """A letter becomes one letter, as in DuckDB; Spark spells some of them out."""
        letters, instead = "".join(apart), "".join(apart.values())
        # Letters of nobody's stand for them meanwhile.
        kept = "".join(chr(_NOBODYS + place) for place in range(len(letters)))
        cased = self.f.anon[function]
        spared = self.f.anon.translate(cased(self.f.anon.translate(text, letters, kept)), kept, instead)
        return self.if_(self.f.anon.regexp_like(text, f"[{letters}]"), spared, cased(text))

    def _as_instant(self, local: sge.Expression) -> sge.Expression:
        """A local time as if it were of UTC, which sessions are in."""
        return self.cast(local, dt.Timestamp(timezone="UTC"))

    def _part(self, text: sge.Expression, form: str, directive: str) -> sge.Expression:
        """What a text has at a directive; null where it is not in the format."""
        pattern = pattern_of(form)
        group = sge.convert(pattern.groups[directive])
        return self.f.nullif(self.f.anon.regexp_extract(text, sge.convert(pattern.text), group), "")

    def _written(self, text: sge.Expression, form: str) -> sge.Expression:
        """The date and time in a text as Spark casts them; null where the text is not in the format."""
        has = pattern_of(form).groups
        day, month = (self._part(text, form, part) if part in has else sge.convert("1") for part in "dm")
        minute, second, fraction = (self._part(text, form, part) if part in has else sge.convert("0") for part in "MSf")
        year: Any = sge.convert("1900")
        if "Y" in has:
            year = self.f.anon.lpad(self._part(text, form, "Y"), 4, "0")
        elif "y" in has:
            short = self.cast(self._part(text, form, "y"), dt.int64)
            year = self.cast(self.if_(short < 69, short + 2000, short + 1900), dt.string)
        for directive in "Bb":
            if directive in has:
                short = self.f.lower(self.f.anon.substr(self._part(text, form, directive), 1, 3))
                month = self.cast(self.f.anon.array_position(self.f.array(*MONTHS), short), dt.string)
        parts = (year, "-", month, "-", day, " ", self._hour(text, form), ":", minute, ":", second, ".", fraction)
        written = self.f.anon.concat(*(sge.convert(part) if isinstance(part, str) else part for part in parts))
        # A format without a directive that is read has no part that would be null where the text is another one.
        return self.if_(self.f.anon.regexp_like(text, sge.convert(pattern_of(form).text)), written, sge.Null())

    def _hour(self, text: sge.Expression, form: str) -> Any:
        has = pattern_of(form).groups
        if "H" in has:
            return self._part(text, form, "H")
        if "I" not in has:
            return sge.convert("0")
        hour = self.cast(self._part(text, form, "I"), dt.int64)
        known = hour
        if "p" in has:
            later = self.f.lower(self._part(text, form, "p")).eq("pm")
            known = hour % 12 + self.if_(later, sge.convert(12), sge.convert(0))
        return self.cast(self.if_(hour.between(1, 12), known, sge.Null()), dt.string)


def _told(value: ops.Value) -> str:
    if not isinstance(value, ops.Literal):
        raise NotOnSpark("expected a pattern that is a text of the program; found one made of columns.")
    return str(value.value)
