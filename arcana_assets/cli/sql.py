"""`arcana sql`: questions to the tables of a domain, one at a time or in a prompt.

Belongs here: the command, the prompt, how an answer is printed. Does not belong here: which files are read and what a
question may be (`lake.reader`).
"""

import json
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from typing import IO, Annotated, Any, Literal, get_args

import pyarrow as pa
import typer
from rich.markup import escape
from rich.table import Table

from arcana_assets.cli.terminal import console, domain_folder, errors, months_of
from arcana_assets.deployment import Deployment
from arcana_assets.domain.errors import ArcanaError

Format = Literal["table", "csv", "json", "parquet"]
SHOWN = 40  # rows of an answer that the terminal shows
LAYERS = ("bronze", "silver", "quarantine", "gold", "models")
PROMPT, MORE = "sql> ", "...> "


def sql(
    domain: Annotated[str, typer.Argument(help="A domain of the deployment, such as retail.")],
    query: Annotated[str | None, typer.Argument(help="One query that reads; left out: a prompt.")] = None,
    format_: Annotated[str, typer.Option("--format", help="table, csv, json (a line a row) or parquet.")] = "table",
    month: Annotated[
        str | None,
        typer.Option(help="Only this month, or a range such as 2011-03:2011-05, of all tables.", show_default="all"),
    ] = None,
) -> None:
    """Ask the tables of a domain in SQL: gold.segments, silver.transactions and so on; nothing can be written."""
    if format_ not in get_args(Format):
        raise typer.BadParameter(f"--format is '{format_}'; it may be one of {', '.join(get_args(Format))}")
    if format_ == "parquet" and (sys.stdout.isatty() or query is None):
        raise typer.BadParameter("parquet is not for a terminal: give a query and send its answer to a file with >")
    months = None if month is None else months_of(month)
    with _tables(domain, months) as (shell, layers):
        if query is None:
            _prompt(shell, layers)
        else:
            with shell.batches(query) as rows:
                _PRINTED[format_](rows)


@contextmanager
def _tables(domain: str, months: list[Any] | None) -> Iterator[tuple[Any, Mapping[str, list[str]]]]:
    """A shell over the tables of the domain that there are, and their names by layer."""
    from arcana_assets.catalogue.tables import tables_of
    from arcana_assets.domain.folder import load_domain
    from arcana_assets.lake.reader import Key, Reader

    deployment = Deployment.from_env()
    reader = Reader(deployment.lake, deployment.threads, deployment.memory_limit)
    try:
        declared = [(domain, each.layer, each.name) for each in tables_of(load_domain(domain_folder(domain)))]
        there: dict[Key, list[Any] | None] = {key: None for key in declared if reader.exists(key)}
        if not there:
            raise ArcanaError(
                f"{deployment.lake} has no table of {domain} yet. Fill it (arcana refresh {domain} --months ...), or "
                "name another lake with ARCANA_LAKE."
            )
        if months is not None:
            there = {key: months if reader.monthly(key) else None for key in there}
        layers = {layer: sorted(name for _, of, name in there if of == layer) for layer in LAYERS}
        with reader.shell(there) as shell:
            yield shell, {layer: names for layer, names in layers.items() if names}
    finally:
        reader.close()


def _prompt(shell: Any, layers: Mapping[str, list[str]]) -> None:
    """Reads queries that end with `;` until the input ends; a query that fails ends nothing."""
    _completing([f"{layer}.{name}" for layer, names in layers.items() for name in names])
    if sys.stdin.isatty():
        for layer, names in layers.items():
            console.print(f"[bold]{layer}[/]: {escape(', '.join(names))}", soft_wrap=True)
        layer, names = max(layers.items(), key=lambda each: each[0] == "gold")
        console.print("End a query with ; and leave with Ctrl-D. What columns mean:", soft_wrap=True)
        told = f"schema_name = '{layer}' AND table_name = '{names[0]}'"
        console.print(f"SELECT column_name, comment FROM duckdb_columns() WHERE {told};", soft_wrap=True)
    for query in _queries():
        try:
            with shell.batches(query) as rows:
                _PRINTED["table"](rows)
        except ArcanaError as error:
            errors.print(f"[red]error:[/] {escape(str(error))}", soft_wrap=True)


def _queries() -> Iterator[str]:
    """What is typed, up to each line that ends with `;`; Ctrl-C throws away what was typed so far."""
    typed = list[str]()
    asks = sys.stdin.isatty()
    while True:
        try:
            typed.append(input((MORE if typed else PROMPT) if asks else ""))
        except KeyboardInterrupt:
            typed = []
            console.print()
            continue
        except EOFError:
            break
        if typed[-1].rstrip().endswith(";") and "\n".join(typed).strip(" ;\n"):
            yield "\n".join(typed)
            typed = []
    if "\n".join(typed).strip(" ;\n"):
        yield "\n".join(typed)


def _completing(words: Iterable[str]) -> None:
    """Lines can be edited, and names of tables completed with the tab key, where this Python can."""
    try:
        import readline
    except ImportError:
        return
    known = sorted(words)
    readline.set_completer(lambda text, state: [*(each for each in known if each.startswith(text)), None][state])
    readline.set_completer_delims(" \t\n(,;")
    readline.parse_and_bind("tab: complete")


def _as_table(rows: pa.RecordBatchReader) -> None:
    """The first rows as a table, and how many there are."""
    kept, found = list[tuple[Any, ...]](), 0
    for batch in rows:
        found += batch.num_rows
        kept += _rows_of(batch.slice(0, SHOWN - len(kept)))
    table = Table(box=None, pad_edge=False)
    for name, kind in zip(_names(rows), rows.schema.types, strict=True):
        number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
        table.add_column(escape(name), justify="right" if number else "left", overflow="fold")
    for row in kept:
        table.add_row(*(escape(_cell(value)) for value in row))
    console.print(table)
    left = f", the first {len(kept)} shown; all of them: --format csv" if found > len(kept) else ""
    console.print(f"{found:,} {'row' if found == 1 else 'rows'}{left}")


def _names(rows: pa.RecordBatchReader) -> list[str]:
    """The columns of an answer; of two with one name the second one gets a number."""
    found = list[str]()
    for name in rows.schema.names:
        others = {*found, *rows.schema.names}
        found.append(next(f"{name}_{n}" for n in count(2) if f"{name}_{n}" not in others) if name in found else name)
    return found


def _rows_of(batch: pa.RecordBatch) -> Iterator[tuple[Any, ...]]:
    """The rows of a part of an answer, by position. Raises BadQuery for days that Python has not, and their like."""
    from arcana_assets.engine.duckdb.read_only import BadQuery

    columns = list[list[Any]]()
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        try:
            columns.append(column.to_pylist())
        except (ArithmeticError, ValueError, pa.ArrowException) as error:
            raise BadQuery(
                f"values of {name} ({column.type}) cannot be printed: {error}. Ask for it as a text: "
                f"CAST({name} AS VARCHAR)."
            ) from None
    return zip(*columns, strict=True)


def _cell(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else str(value)


def _as_csv(rows: pa.RecordBatchReader) -> None:
    """RFC 4180 with a decimal point, lists and structures as JSON: for programs; people have the published files."""
    import csv

    with _out(binary=False) as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(_names(rows))
        for batch in rows:
            writer.writerows([_plain(value) for value in row] for row in _rows_of(batch))


def _plain(value: Any) -> Any:
    return _json(value) if isinstance(value, list | dict) else value


def _json(value: Any) -> str:
    return json.dumps(_finite(value), ensure_ascii=False, default=str, allow_nan=False)


def _finite(value: Any) -> Any:
    """A value as JSON can hold it, which has no number that is none or has no end."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: _finite(each) for name, each in value.items()}
    return [_finite(each) for each in value] if isinstance(value, list | tuple) else value


def _as_json(rows: pa.RecordBatchReader) -> None:
    names = _names(rows)
    with _out(binary=False) as out:
        for batch in rows:
            out.writelines(_json(dict(zip(names, row, strict=True))) + "\n" for row in _rows_of(batch))


def _as_parquet(rows: pa.RecordBatchReader) -> None:
    import pyarrow.parquet as pq

    names = _names(rows)
    schema = pa.schema([field.with_name(name) for name, field in zip(names, rows.schema, strict=True)])
    with _out(binary=True) as out, pq.ParquetWriter(out, schema, compression="zstd") as file:
        for batch in rows:
            file.write_batch(batch.rename_columns(names))


@contextmanager
def _out(binary: bool) -> Iterator[IO[Any]]:
    """The output of the command; who stops reading it, as `head` does, ends the command and no more."""
    try:
        yield sys.stdout.buffer if binary else sys.stdout
        sys.stdout.flush()
    except BrokenPipeError:
        import os

        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


_PRINTED: Mapping[str, Callable[[pa.RecordBatchReader], None]] = {
    "table": _as_table,
    "csv": _as_csv,
    "json": _as_json,
    "parquet": _as_parquet,
}
