"""The shop of the tests of erasure, in a domain with pseudonyms: computed and published once, copied for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from arcana_assets_tests.erasure.conftest import KEY, LINES, World, plain, world_in
from arcana_assets_tests.worlds.shop import Shop


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("ARCANA_PSEUDONYM_KEY", KEY)


def named(folder: Path) -> None:
    """The domain of `plain` with pseudonyms."""
    plain(folder)
    path = folder / "retail" / "defs.yaml"
    path.write_text(path.read_text().replace("attributes:\n", "attributes:\n  pseudonyms: true\n", 1))


@pytest.fixture(scope="session")
def refreshed(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("named")
    named(root / "yaml")
    with world_in(root) as world, pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARCANA_PSEUDONYM_KEY", KEY)
        Shop(world.platform).deliver("sales.csv", *LINES)
        done = world.refresh()
        assert done.succeeded, done.failures
    return root


@pytest.fixture
def world(refreshed, tmp_path) -> Iterator[World]:
    shutil.copytree(refreshed, tmp_path, dirs_exist_ok=True, symlinks=True)
    with world_in(tmp_path) as world:
        yield world
