"""Encodings: whether a file of text is in another one than its contract says.

Belongs here: evidence for another encoding. Latin-1 takes any byte for a letter, so nothing else would show that a file
is UTF-8; UTF-8 shows itself what it cannot decode. Does not belong here: decoding (`copies`, the engine).
"""

import codecs

from arcana_assets.domain.contract.formats import CsvFormat
from arcana_assets.landing.zone import CHUNK, LandingError, LandingFile, LandingZone

FEW = 3
"""Characters of several bytes that are no accident.

Text in Latin-1 has letters with accents between plain ones, which is no UTF-8. `Ã£` or `Ã©` is two letters in the one
and one in the other; a file that has such pairs and no other letter beyond ASCII is UTF-8.
"""


def check(zone: LandingZone, file: LandingFile, form: CsvFormat, source: str) -> None:
    """Raises LandingError for a file that the contract says is Latin-1 and that reads as UTF-8 throughout."""
    if form.encoding != "latin-1":
        return
    decoder, found, example = codecs.getincrementaldecoder("utf-8")(), 0, ""
    with zone.open(file) as content:
        try:
            while chunk := content.read(CHUNK):
                text = decoder.decode(chunk)
                if len(text) < len(chunk) or not text.isascii():
                    beyond = [character for character in text if character > "\x7f"]
                    found, example = found + len(beyond), example or "".join(dict.fromkeys(beyond))[:10]
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return
    if found >= FEW:
        raise LandingError(
            f"{source}: {file.path}: declared latin-1, reads as utf-8: each of its {found:,} characters beyond ASCII "
            f"is whole in utf-8, such as {example!r}, which latin-1 takes for {_mojibake(example)!r}. Set "
            "'encoding: utf-8', or have it delivered in latin-1"
        )


def check_header(raw: bytes, form: CsvFormat, where: str) -> None:
    """Raises LandingError for a header that is declared Latin-1 and reads as UTF-8, of which one letter is proof."""
    if form.encoding != "latin-1" or raw.isascii():
        return
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return
    raise LandingError(
        f"{where}: declared latin-1, reads as utf-8: its header is {text[:200]!r}, which latin-1 takes for "
        f"{_mojibake(text)[:200]!r}. Set 'encoding: utf-8', or have it delivered in latin-1"
    )


def likely(raw: bytes, form: CsvFormat) -> str:
    """What to say of the encoding that a header is probably in, which is not in the declared one."""
    if form.encoding != "utf-8":
        return ""
    if b"\x00" in raw or raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "; is it utf-16?"
    return f"; as latin-1 it is {raw.decode('latin-1')[:200]!r}: set 'encoding: latin-1' if that is right"


def _mojibake(text: str) -> str:
    return text.encode("utf-8").decode("latin-1")
