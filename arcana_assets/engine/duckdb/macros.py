"""Each primitive as a macro of DuckDB.

Belongs here: their SQL. Does not belong here: making them (`engine`), what they are (`primitives`).
"""

from arcana_assets.engine.primitives import BLANKS, INVISIBLE

# DuckDB reads the words `epoch` and `infinity` in any format, as 1900. Most dates end in a digit, which is soon seen.
_WORD = r"t[-1] NOT BETWEEN '0' AND '9' AND regexp_full_match(t, '(?i)\s*(epoch|-?infinity)\s*')"

_TRIMMED, _BARE = (" || ".join(f"chr({code})" for code in codes) for codes in (BLANKS, INVISIBLE))

IN_DUCKDB = {
    # To look at the two ends costs a fifth of what trimming a set of characters costs, and few texts need it. A text
    # sorts before `!` where its first character is a blank or a control character, or where it has none.
    "trimmed(t)": f"CASE WHEN t < '!' OR t[-1] <= ' ' THEN trim(t, {_TRIMMED}) ELSE t END",
    # As above: few texts begin or end in anything but a sign of ASCII.
    "bare(t)": f"CASE WHEN t[1] BETWEEN '!' AND '~' AND t[-1] BETWEEN '!' AND '~' THEN t ELSE trim(t, {_BARE}) END",
    "parse_local(t, f)": f"CASE WHEN {_WORD} THEN NULL ELSE try_strptime(t, f) END",
    "parse_zoned(t, f)": f"CASE WHEN {_WORD} THEN NULL ELSE CAST(try_strptime(t, f) AS TIMESTAMPTZ) END",
    "to_instant(ts, zone)": "timezone(zone, ts)",
    "to_local(instant, zone)": "timezone(zone, instant)",
    # DuckDB puts the value in when it plans the query, so files and row groups are skipped by it as by a literal.
    "given_day(called)": "CAST(getvariable(called) AS DATE)",
}
