"""Pictures are whole, the same for the same chart, small where they must be, and need nothing of the machine."""

import hashlib
import os
import subprocess
import sys
from importlib.metadata import version
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from arcana_assets.presentation import png as module
from arcana_assets.presentation.charts import PALETTE, Chart, at, chart, layer, literal, texts
from arcana_assets.presentation.png import NotAPicture, NotDrawn, digest, digest_of, png, size_of, small
from arcana_assets_tests.presentation.test_charts import HOSTILE

ROOT = Path(__file__).parents[2]


def bars(*names: str, shade: str = PALETTE[0]) -> Chart:
    rows = [{"name": name, "shade": shade, "y": 10 + 20 * place, "x": 60} for place, name in enumerate(names)]
    body = {
        "width": 200,
        "height": 20 * len(rows),
        "layer": [
            layer({"type": "rect", "width": 100, "height": 15}, rows, x=at("x"), y=at("y"), color=literal("shade")),
            texts(rows, "name", {"value": 120}, at("y"), align="left"),
        ],
    }
    return chart("Ação, maçã e pão", "nota", "barras", body)


@pytest.fixture(scope="module")
def picture() -> bytes:
    return png(bars("um", "dois"))


def pixels(picture: bytes) -> set[tuple[int, ...]]:
    with Image.open(BytesIO(picture)) as image:
        return set(map(tuple, np.unique(np.asarray(image.convert("RGB")).reshape(-1, 3), axis=0).tolist()))


def test_the_same_chart_is_the_same_bytes_and_another_is_not(picture):
    assert png(bars("um", "dois")) == picture
    assert png(bars("um", "doze")) != picture


def test_a_colour_is_drawn_as_it_is_said(picture):
    assert tuple(bytes.fromhex(PALETTE[0][1:])) in pixels(picture)
    assert tuple(bytes.fromhex(PALETTE[1][1:])) not in pixels(picture)


def test_a_picture_tells_what_it_was_drawn_from(picture):
    assert digest_of(picture) == digest(bars("um", "dois")) != digest(bars("um", "doze"))
    without = BytesIO()
    Image.open(BytesIO(picture)).save(without, "PNG")
    assert digest_of(without.getvalue()) is None


@pytest.mark.parametrize("package", ["vl-convert-python", "pillow"])
def test_another_version_of_what_draws_is_another_digest(monkeypatch, package):
    before = digest(bars("um"))
    monkeypatch.setattr(module, "version", lambda name: "0.0.1" if name == package else version(name))
    assert digest(bars("um")) != before


@pytest.mark.parametrize(("setting", "other"), [("VEGA_LITE", "5.20"), ("SCALE", 2.0)])
def test_another_way_to_draw_is_another_digest(monkeypatch, setting, other):
    before = digest(bars("um"))
    monkeypatch.setattr(module, setting, other)
    assert digest(bars("um")) != before


def test_hostile_texts_are_drawn_letter_by_letter():
    plain, hostile = png(bars(*["a"] * len(HOSTILE))), png(bars(*HOSTILE))
    assert size_of(hostile)[1] == size_of(plain)[1]
    assert hostile != plain


def test_a_control_character_ends_no_process():
    assert size_of(png(bars("a\x00b\x1b", "\ud800", "\uffff", "\t\r\n")))


def test_what_is_no_chart_is_an_error_that_names_it():
    with pytest.raises(NotDrawn, match=r"expected a Vega-Lite chart, found 'Ação, maçã e pão\. barras'"):
        png({**bars("um"), "layer": [{"mark": "nonsense"}]})


def test_nothing_is_loaded_from_elsewhere():
    elsewhere = {"mark": "bar", "data": {"url": "https://example.org/x.csv"}, "encoding": {"x": {"field": "a"}}}
    with pytest.raises(NotDrawn, match="not allowed"):
        png({**bars("um"), "layer": [elsewhere]})


def test_a_machine_without_fonts_draws_the_same(picture, tmp_path):
    (tmp_path / "fonts.conf").write_text("<?xml version='1.0'?><fontconfig></fontconfig>")
    code = (
        "import hashlib; from arcana_assets_tests.presentation.test_png import bars; "
        "from arcana_assets.presentation.png import png; print(hashlib.sha256(png(bars('um', 'dois'))).hexdigest())"
    )
    nowhere = {"FONTCONFIG_FILE": str(tmp_path / "fonts.conf"), "FONTCONFIG_PATH": str(tmp_path), "HOME": str(tmp_path)}
    env = {**os.environ, **nowhere, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=True)
    assert done.stdout.strip() == hashlib.sha256(picture).hexdigest()


def test_what_is_no_whole_png_is_no_picture(picture):
    for broken in (
        b"",
        b"GIF89a",
        b"\x89PNG\r\n\x1a\n",
        picture[:-1],
        picture[:-2000],
        picture.replace(b"IEND", b"IENX"),
    ):
        with pytest.raises(NotAPicture, match=f"expected a PNG, found {len(broken)} bytes"):
            size_of(broken)


def test_a_changed_byte_is_seen_wherever_it_is(picture):
    for place in range(8, len(picture), len(picture) // 40):
        changed = bytearray(picture)
        changed[place] ^= 0x10
        with pytest.raises(NotAPicture, match="expected a PNG"):
            size_of(bytes(changed))


def test_a_small_version_fits_and_is_the_whole_picture(picture):
    assert small(picture, len(picture)) == picture
    smaller = small(picture, len(picture) // 2)
    assert smaller is not None
    assert len(smaller) <= len(picture) // 2
    (width, height), (narrow, low) = size_of(picture), size_of(smaller)
    assert narrow / low == pytest.approx(width / height, rel=0.1)
    assert min(max(pixels(smaller))) >= 250  # white, or what the eye takes for it
    assert small(picture, 10) is None  # what it says stands in its place
