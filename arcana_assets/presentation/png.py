"""PNG: charts as pictures, for files, reports and metadata.

Belongs here: rendering, what a picture was drawn from, and whether one is whole. Does not belong here: charts
themselves (`charts`).
"""

import hashlib
import json
import struct
import zlib
from collections.abc import Iterator, Mapping
from importlib.metadata import version

import numpy as np

from arcana_assets.domain.errors import ArcanaError
from arcana_assets.presentation.charts import Chart

VEGA_LITE = "6.4"
_RENDERER = "vl-convert-python"
SCALE = 1.5  # pixels of a picture for one of the chart
_SMALLER = (2, 3, 4, 6)  # times is a picture shrunk that is too large, one after the other
_HEAD = b"\x89PNG\r\n\x1a\n"
_MADE_FROM = b"arcana:chart"
# Depth, colour, compression, filter, interlace (W3C, Portable Network Graphics, 2003, 11.2.2).
_OPAQUE, _WITH_ALPHA = (8, 2, 0, 0, 0), (8, 6, 0, 0, 0)
_LEFT = 1  # begins a row of pixels that are each less the one at its left


class NotAPicture(ArcanaError):
    """Raised where bytes are no whole PNG."""


class NotDrawn(ArcanaError):
    """Raised where a chart cannot be drawn."""


def png(chart: Chart) -> bytes:
    """The chart as PNG, the same bytes for the same chart, with the digest of what it was drawn from inside.

    No browser, no network and no font of the machine is needed. Raises NotDrawn.
    """
    import vl_convert

    try:
        drawn = vl_convert.vegalite_to_png(_text(chart), vl_version=VEGA_LITE, scale=SCALE, allowed_base_urls=[])
    except ValueError as error:  # what the renderer raises for a chart that is none
        raise NotDrawn(f"expected a Vega-Lite chart, found '{chart.get('description', '')}': {error}") from error
    return _written(_pixels(drawn), {_MADE_FROM: digest(chart).encode()})


def small(picture: bytes, most: int) -> bytes:
    """A picture of `png` in at most `most` bytes, as large as it may be. Raises NotAPicture."""
    if len(picture) <= most:
        return picture
    pixels = _pixels(picture)
    for times in _SMALLER:
        if len(smaller := _written(_shrunk(pixels, times), {})) <= most:
            return smaller
    height, width, _ = pixels.shape
    raise NotAPicture(f"a picture of {width} x {height} does not fit into {most} bytes. Allow more.")


def digest(chart: Chart) -> str:
    """What tells a chart from every other, its data and the version of the renderer included."""
    return hashlib.sha256(f"{version(_RENDERER)} {_text(chart)}".encode()).hexdigest()


def digest_of(picture: bytes) -> str | None:
    """The digest of the chart that a picture was drawn from; None where it is not told. Raises NotAPicture."""
    for kind, content in _chunks(picture):
        name, _, text = content.partition(b"\0")
        if (kind, name) == (b"tEXt", _MADE_FROM):
            return text.decode("latin-1")
    return None


def size_of(picture: bytes) -> tuple[int, int]:
    """Width and height of a picture of `png` in pixels, every check sum and every pixel read. Raises NotAPicture."""
    height, width, _ = _pixels(picture).shape
    return width, height


def _pixels(picture: bytes) -> np.ndarray:
    """Red, green and blue of a PNG as the renderer or `_written` make it: (height, width, 3). Raises NotAPicture."""
    chunks = dict(_chunks(picture))
    try:
        width, height, *form = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
        channels = {_OPAQUE: 3, _WITH_ALPHA: 4}[tuple(form)]
        content = zlib.decompress(chunks[b"IDAT"])
    except (struct.error, KeyError, zlib.error) as error:
        raise _broken(picture, f"{type(error).__name__}: {error}") from error
    if len(content) != height * (1 + channels * width):
        raise _broken(picture, f"{len(content)} bytes of pixels for {width} x {height}")
    rows = np.frombuffer(content, np.uint8).reshape(height, 1 + channels * width)
    pixels = rows[:, 1:].reshape(height, width, channels)[..., :3]
    if (rows[:, 0] == _LEFT).all():
        return pixels.cumsum(axis=1, dtype=np.uint8)
    if rows[:, 0].any():
        raise _broken(picture, "its rows are predicted in another way")
    return pixels


def _written(pixels: np.ndarray, texts: Mapping[bytes, bytes]) -> bytes:
    """Pixels as PNG with some texts, a quarter of what the renderer writes.

    That has four channels and predicts each pixel from the one at its left, where charts have flat areas.
    """
    height, width, _ = pixels.shape
    rows = np.zeros((height, 1 + 3 * width), np.uint8)
    rows[:, 1:] = pixels.reshape(height, 3 * width)
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, *_OPAQUE)),
        *((b"tEXt", name + b"\0" + text) for name, text in texts.items()),
        (b"IDAT", zlib.compress(rows.tobytes(), 6)),
        (b"IEND", b""),
    ]
    return _HEAD + b"".join(_chunk(kind, content) for kind, content in chunks)


def _shrunk(pixels: np.ndarray, times: int) -> np.ndarray:
    """The picture at one part in `times` of its size: pixels are means of those they cover, in 16 shades a channel."""
    height, width = (size // times * times for size in pixels.shape[:2])
    sums = np.zeros((height // times, width // times, 3), np.uint32)
    for down in range(times):
        for across in range(times):
            sums += pixels[down:height:times, across:width:times]
    return ((sums + 8 * times**2) // (17 * times**2) * 17).astype(np.uint8)


def _text(chart: Chart) -> str:
    return json.dumps(chart, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _chunks(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and content of each chunk of a PNG, to the one that ends it. Raises NotAPicture."""
    if not picture.startswith(_HEAD):
        raise _broken(picture, "no signature")
    place, kind = len(_HEAD), b""
    while kind != b"IEND":
        length, kind = struct.unpack(">I4s", picture[place : place + 8].ljust(8, b"\0"))
        content = picture[place + 8 : place + 8 + length]
        if picture[place : place + 12 + length] != _chunk(kind, content):
            raise _broken(picture, f"a chunk at byte {place} is cut off or has another check sum")
        place += 12 + length
        yield kind, content


def _broken(picture: bytes, why: str) -> NotAPicture:
    return NotAPicture(
        f"expected a PNG, found {len(picture)} bytes that begin with {picture[:8]!r}: {why}. Draw the picture again."
    )
