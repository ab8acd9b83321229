"""PNG: charts as pictures, for files, reports and metadata.

Belongs here: rendering, what a picture was drawn from, and whether one is whole. Does not belong here: charts
themselves (`charts`).
"""

import hashlib
import json
import math
from importlib.metadata import version
from io import BytesIO

from PIL import Image, UnidentifiedImageError
from PIL.PngImagePlugin import PngInfo

from arcana_assets.domain.errors import ArcanaError
from arcana_assets.presentation.charts import Chart

VEGA_LITE = "6.4"
_RENDERER, _WRITER = "vl-convert-python", "pillow"
SCALE = 1.5  # pixels of a picture for one of the chart
_MADE_FROM = "arcana:chart"
_END = b"IEND\xaeB`\x82"  # the last chunk of every PNG, with its check sum
_COLOURS = 64  # of a small version
_LEAST = 0.05  # of the size of a picture that a small version has


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
    told = PngInfo()
    told.add_text(_MADE_FROM, digest(chart))
    with Image.open(BytesIO(drawn)) as image:
        return _written(image.convert("RGB"), told)


def small(picture: bytes, most: int) -> bytes | None:
    """A picture in at most `most` bytes, in 64 colours and as large as it may be; None where even a stamp has more.

    Raises NotAPicture.
    """
    if len(picture) <= most:
        return picture
    width, height = size_of(picture)
    with Image.open(BytesIO(picture)) as image:
        whole = image.convert("RGB")
    scale = 1.0
    while scale > _LEAST:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        resized = whole if scale == 1.0 else whole.resize(size, Image.Resampling.BOX)
        smaller = _written(resized.quantize(_COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE))
        if len(smaller) <= most:
            return smaller
        scale *= min(0.9, math.sqrt(most / len(smaller)))
    return None


def digest(chart: Chart) -> str:
    """What tells a picture from every other: the chart with its data, the scale, and the versions of what draws it."""
    drawn_with = f"{version(_RENDERER)} {version(_WRITER)} {VEGA_LITE} {SCALE}"
    return hashlib.sha256(f"{drawn_with} {_text(chart)}".encode()).hexdigest()


def digest_of(picture: bytes) -> str | None:
    """The digest of the chart that a picture was drawn from; None where it is not told. Raises NotAPicture."""
    told = _whole(picture).info.get(_MADE_FROM)
    return told if isinstance(told, str) else None


def size_of(picture: bytes) -> tuple[int, int]:
    """Width and height of a PNG in pixels, every check sum and every pixel read. Raises NotAPicture."""
    return _whole(picture).size


def _whole(picture: bytes) -> Image.Image:
    try:
        with Image.open(BytesIO(picture), formats=["PNG"]) as image:
            image.verify()  # the check sums; an image that was verified cannot be used
        with Image.open(BytesIO(picture), formats=["PNG"]) as image:
            image.load()
        if not picture.endswith(_END):
            raise OSError("its last chunk is cut off")
        return image
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as broken:  # what Pillow raises for damage
        raise NotAPicture(
            f"expected a PNG, found {len(picture)} bytes that begin with {picture[:8]!r}: {broken}. "
            "Draw the picture again."
        ) from broken


def _written(image: Image.Image, told: PngInfo | None = None) -> bytes:
    buffer = BytesIO()
    image.save(buffer, "PNG", pnginfo=told)
    return buffer.getvalue()


def _text(chart: Chart) -> str:
    return json.dumps(chart, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
