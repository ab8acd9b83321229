"""Workbooks for tests: made with the tools that people make them with, and with a knife where no tool makes them."""

import io
import zipfile
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import openpyxl
import xlsxwriter


def book(sheets: Mapping[str, Iterable[Iterable[Any]]]) -> bytes:
    """A workbook as openpyxl writes it; texts that begin with `=` are formulas without a value."""
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for title, rows in sheets.items():
        sheet = workbook.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()


def written(write: Callable[[Any, Any], None]) -> bytes:
    """A workbook as XlsxWriter writes it; `write` is given the workbook and its sheet."""
    content = io.BytesIO()
    workbook = xlsxwriter.Workbook(content, {"in_memory": True})
    write(workbook, workbook.add_worksheet("Data"))
    workbook.close()
    return content.getvalue()


def changed(content: bytes, **parts: Callable[[str], str] | None) -> bytes:
    """The workbook with the text of some parts changed, or, for None, without them; `sheet1` is `.../sheet1.xml`."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            stem = name.rpartition("/")[2].partition(".")[0]
            change = parts.get(stem, str)
            if change is not None:
                new.writestr(name, change(old.read(name).decode()))
    return result.getvalue()


def parts(content: bytes) -> dict[str, bytes]:
    """The parts of the workbook by name."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def with_parts(content: bytes, others: Mapping[str, bytes]) -> bytes:
    """The workbook with parts put in place of those of the same name, or behind them all."""
    result = io.BytesIO()
    with zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new:
        for name, part in {**parts(content), **others}.items():
            new.writestr(name, part)
    return result.getvalue()


def swollen(content: bytes, megabytes: int, says: int | None = None) -> bytes:
    """The workbook with blanks behind its first sheet. `says` is the size that the directory gives for the sheet."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            with new.open(name, "w") as part:
                part.write(old.read(name))
                if name.endswith("sheet1.xml"):
                    for _ in range(megabytes):
                        part.write(b" " * 1_000_000)
        if says is not None:
            new.getinfo("xl/worksheets/sheet1.xml").file_size = says
    return result.getvalue()
