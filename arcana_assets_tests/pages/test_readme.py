"""README.md: what its blocks have somebody type is run, or is said here to be run elsewhere."""

import csv

from arcana_assets_tests.pages.typed import Shell, blocks_of, not_told_of, put_arcana

B2B, MALL = (
    "two years of it; half a year is in end_to_end/test_b2b",
    "a year of it; four months are in end_to_end/test_mall",
)
LEFT_OUT = {
    "make demo": "it makes .venv first; its domain is in test_cli, such a half-year in end_to_end/test_sample",
    "make dashboard": "it makes .venv first; the page is served in test_your_own_business",
    ".venv/bin/arcana sample b2b --scale 0.02": B2B,
    ".venv/bin/arcana refresh b2b --months 2023-07:2025-06": B2B,
    ".venv/bin/arcana sample mall --customers 2000 --months 12 --truth somewhere/truth.csv": MALL,
    ".venv/bin/arcana refresh mall --months 2024-01:2024-12": MALL,
    ".venv/bin/arcana refresh retail --months 2010-12:2011-12 --as-of 2011-12-10": "end_to_end/test_real_file",
}


def test_every_command_of_the_readme_is_run_here_or_said_to_be_run_elsewhere(tmp_path):
    run, gone = not_told_of(blocks_of("README.md"), LEFT_OUT)
    assert gone == []
    shell = Shell(tmp_path / "home", tmp_path / "folder")
    put_arcana(shell.folder / ".venv" / "bin")
    for command in run:
        shell.run(command)
    with (shell.folder / "somewhere" / "truth.csv").open(encoding="utf-8") as truth:
        assert next(csv.reader(truth)) == ["customer_id", "segmentation", "persona"]
    assert [*(shell.folder / "somewhere" / "retail").rglob("*.csv")]
    assert {path.name for path in shell.folder.iterdir()} == {".venv", "somewhere"}
