"""Landing to silver: about five million rows through bronze, silver and quarantine, against raw DuckDB and pandas.

The floor is what a good engineer writes by hand for this one file: the same types and rules, but no line account, no
reasons for refused rows, no Delta log, no lineage, nothing that another file could use.
"""

import tempfile
from pathlib import Path
from typing import Any

from benchmarks.measure import Options, Outcome, Ratio, Side, timed, turn_by_turn
from benchmarks.real_file import THIN, repeated

COPIES = 10
NO_PRODUCT = "POST|DOT|M|C2|D|S|B|BANK CHARGES|AMAZONFEE|CRUK|GIFT_0001_.*"
RAW = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")
PARQUET = "FORMAT parquet, PARTITION_BY (month), COMPRESSION zstd, COMPRESSION_LEVEL 3"


def measure(options: Options) -> Outcome:
    """Ours, DuckDB and pandas over the same files; all three must keep the same number of rows."""
    with tempfile.TemporaryDirectory(prefix="arcana-bench-landing-") as landing:
        rows = repeated(Path(landing), 2 if options.quick else COPIES, THIN if options.quick else 1)
        names = {"ours": "ours", "DuckDB": "duckdb_sql", "pandas": "pandas_frames"}
        sides = [Side(name, f"{__name__}:{function}", {"landing": landing}) for name, function in names.items()]
        figures = turn_by_turn(sides, options.times(3))
    for side, turns in figures.items():
        for turn in turns:
            kept = {layer: turn["rows"][layer] for layer in ("bronze", "silver")}
            ours = {layer: figures["ours"][0]["rows"][layer] for layer in kept}
            assert kept == ours, f"{side} kept {kept} where ours kept {ours}"
    return Outcome(
        figures,
        [
            Ratio("landing to silver, ours / raw DuckDB", "ours", "DuckDB", goal=1.3),
            Ratio("landing to silver, pandas / ours", "pandas", "ours", goal=5, at_least=True),
            Ratio("peak memory, ours / raw DuckDB", "ours", "DuckDB", unit="peak_mb"),
            Ratio("peak memory, pandas / ours", "pandas", "ours", unit="peak_mb"),
        ],
        {"rows": rows},
    )


def ours(folder: Path, landing: str) -> dict[str, Any]:
    """The bronze and silver assets under Dagster, into a fresh lake."""
    from benchmarks.under_dagster import deployment_in, land_to_silver

    deployment = deployment_in(folder, Path(landing))
    with timed() as clock:
        rows = land_to_silver(deployment)
    return {**vars(clock), "rows": rows}


def duckdb_sql(folder: Path, landing: str) -> dict[str, Any]:
    """Two statements: raw text by month, then typed rows by month, read from the raw Parquet."""
    import duckdb

    raw, typed = folder / "raw", folder / "typed"
    types = ", ".join(f"'{name}': 'VARCHAR'" for name in RAW)
    texts = ", ".join(f"trim({name}) AS {name}" for name in RAW)
    with timed() as clock:
        connection = duckdb.connect()
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"""
            COPY (
                SELECT *, date_trunc('month', strptime(trim(InvoiceDate), '%m/%d/%Y %H:%M'))::DATE AS month
                FROM read_csv('{landing}/retail/transactions/*.csv', header = true, auto_detect = false, delim = ',',
                    quote = '"', escape = '"', encoding = 'latin-1', columns = {{{types}}}, filename = true)
            ) TO '{raw}' ({PARQUET})
        """)
        connection.execute(f"""
            COPY (
                WITH rows AS (
                    SELECT DISTINCT * EXCLUDE (filename)
                    FROM read_parquet('{raw}/*/*.parquet', hive_partitioning = true, hive_types = {{'month': DATE}})
                ),
                texts AS (SELECT month, {texts} FROM rows),
                typed AS (
                    SELECT
                        month,
                        nullif(CustomerID, '') AS customer_id,
                        InvoiceNo AS order_id,
                        timezone('Europe/London', strptime(InvoiceDate, '%m/%d/%Y %H:%M')) AS ordered_at,
                        upper(StockCode) AS product_id,
                        nullif(regexp_replace(Description, '\\s+', ' ', 'g'), '') AS description,
                        Quantity::BIGINT AS quantity,
                        UnitPrice::DECIMAL(18, 4) AS unit_price,
                        (Quantity::BIGINT * UnitPrice::DECIMAL(18, 4))::DECIMAL(18, 4) AS amount,
                        nullif(Country, '') AS country
                    FROM texts
                )
                SELECT
                    *,
                    CASE WHEN quantity > 0 THEN 'sale' ELSE 'return' END AS kind,
                    NOT regexp_full_match(product_id, '{NO_PRODUCT}') AS is_product
                FROM typed
                WHERE unit_price > 0
            ) TO '{typed}' ({PARQUET})
        """)
    return {**vars(clock), "rows": {"bronze": _rows(raw), "silver": _rows(typed)}}


def pandas_frames(folder: Path, landing: str) -> dict[str, Any]:
    """The same in frames. Prices and amounts are floats, which is kinder to pandas than decimals would be."""
    import pandas as pd

    raw, typed = folder / "raw", folder / "typed"
    parquet = {"partition_cols": ["month"], "compression": "zstd", "compression_level": 3, "index": False}
    with timed() as clock:
        files = sorted(Path(landing).glob("retail/transactions/*.csv"))
        parts = [pd.read_csv(file, dtype=str, encoding="latin-1", keep_default_na=False) for file in files]
        parts = [part.assign(filename=str(file)) for file, part in zip(files, parts, strict=True)]
        frame = pd.concat(parts, ignore_index=True)
        del parts
        ordered = pd.to_datetime(frame["InvoiceDate"].str.strip(), format="%m/%d/%Y %H:%M")
        frame["month"] = ordered.dt.to_period("M").dt.start_time.dt.date
        frame.to_parquet(raw, **parquet)
        frame = frame.drop(columns="filename").drop_duplicates()
        ordered = ordered.loc[frame.index]
        product = frame["StockCode"].str.strip().str.upper()
        quantity, price = pd.to_numeric(frame["Quantity"].str.strip()), pd.to_numeric(frame["UnitPrice"].str.strip())
        table = pd.DataFrame(
            {
                "month": frame["month"],
                "customer_id": frame["CustomerID"].str.strip().replace("", None),
                "order_id": frame["InvoiceNo"].str.strip(),
                "ordered_at": ordered.dt.tz_localize("Europe/London", ambiguous=False, nonexistent="shift_forward"),
                "product_id": product,
                "description": frame["Description"].str.strip().str.replace(r"\s+", " ", regex=True).replace("", None),
                "quantity": quantity,
                "unit_price": price,
                "amount": quantity * price,
                "country": frame["Country"].str.strip().replace("", None),
                "kind": (quantity > 0).map({True: "sale", False: "return"}),
                "is_product": ~product.str.fullmatch(NO_PRODUCT),
            }
        )
        table[table["unit_price"] > 0].to_parquet(typed, **parquet)
    return {**vars(clock), "rows": {"bronze": _rows(raw), "silver": _rows(typed)}}


def _rows(folder: Path) -> int:
    import pyarrow.parquet as pq

    return sum(pq.read_metadata(file).num_rows for file in folder.rglob("*.parquet"))
