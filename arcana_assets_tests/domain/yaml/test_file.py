"""Reading YAML with positions: what is no YAML says where, and plain words stay the words that were written."""

from pathlib import Path

import pytest
from pydantic import Field

from arcana_assets.domain.yaml.file import ContractError, Strict, read_yaml, spell


class Pet(Strict):
    name: str
    legs: int = Field(4, ge=0)


class House(Strict):
    pets: list[Pet] = Field(min_length=1)
    by_name: dict[str, Pet] = Field({})
    colour: str = "white"


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "house.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def bomb(*, merged: bool) -> str:
    """Nine lines that stand for a thousand million values."""
    lines = ["a0: &a0 {x: 1, y: 2}"]
    for level in range(1, 10):
        inner = ", ".join([f"*a{level - 1}"] * 10)
        lines.append(f"a{level}: &a{level} " + (f"{{<<: [{inner}]}}" if merged else f"[{inner}]"))
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (bomb(merged=False), "expected 100,000 values at most, found more; those of an alias count wherever it stands"),
        (bomb(merged=True), "expected 100,000 values at most, found more; those of an alias count wherever it stands"),
        ("pets: &pets\n  - *pets\n", "pets[0][0][0][0]: expected values at most 50 deep, found an alias within"),
        ("pets: &pets\n  <<: *pets\n", "expected values at most 50 deep, found an alias within what it stands for"),
        ("pets:\n  " + "[" * 400_000, ":2: expected values at most 50 deep, found deeper ones"),
        ("legs: " + "9" * 5_000, ":1: expected a whole number of 18 digits at most, found 5,000 of them; put a code"),
        ("legs: -" + "9" * 19, ":1: expected a whole number of 18 digits at most, found 19 of them; put a code"),
        ("legs: !!int 0x" + "f" * 9_000, ":1: expected a value without a tag, found tag:yaml.org,2002:int"),
        ("born: !!timestamp never", ":1: expected a value without a tag, found tag:yaml.org,2002:timestamp"),
        ("#" * 1_000_001, ": expected a YAML file of 1,000,000 bytes at most, found a larger one"),
    ],
)
def test_what_no_reader_could_hold_is_refused_in_words(tmp_path, text, said):
    with pytest.raises(ContractError) as raised:
        read_yaml(written(tmp_path, text))
    assert said in str(raised.value)


def test_what_is_just_within_the_limits_is_read(tmp_path):
    text = f"code: '{'9' * 5_000}'\nlegs: {'9' * 18}\nonce: &once [1, 2]\ntwice: [*once, *once]\n"
    content = read_yaml(written(tmp_path, text)).content
    assert (len(content["code"]), content["legs"]) == (5_000, 10**18 - 1)
    assert content["twice"] == [[1, 2], [1, 2]]


def test_every_place_knows_the_line_it_begins_on(tmp_path):
    file = read_yaml(written(tmp_path, "# a comment\npets:\n  - name: Rex\n    legs: 3\n  - {name: Tom}\n"))
    assert file.content == {"pets": [{"name": "Rex", "legs": 3}, {"name": "Tom"}]}
    assert file.lines[("pets", 0, "legs")] == 4
    assert file.lines[("pets", 1, "name")] == 5


def test_a_place_that_the_file_does_not_hold_has_the_line_of_what_is_around_it(tmp_path):
    file = read_yaml(written(tmp_path, "pets:\n  - name: Rex\n"))
    assert str(file.error(("pets", 0, "legs"), "missing")) == f"{file.path}:2: pets[0].legs: missing"
    assert str(file.error((), "wrong")) == f"{file.path}:1: wrong"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("pets: [\n", ":2: this is not YAML: while parsing a flow node"),
        ("pets:\n\t- name: Rex\n", ":2: this is not YAML"),
        ("a: 1\n---\nb: 2\n", ":2: this is not YAML: expected a single document"),
        ("pets: \x07\n", ": this is not YAML: the character 0x7 is not allowed"),
        ("pets: !!python/object:os.system x\n", ":1: this is not YAML: could not determine a constructor"),
        ("pets:\n  - name: Rex\ncolour: red\npets: []\n", ":4: pets: this key is given twice"),
        ("pets:\n  - name: Rex\n    name: Tom\n", ":3: pets[0].name: this key is given twice"),
        (b"pets:\n  - name: Jos\xe9\n", ":2: expected UTF-8, found the byte 0xe9"),
    ],
)
def test_what_is_no_yaml_names_the_line(tmp_path, text, said):
    path = written(tmp_path, text)
    with pytest.raises(ContractError) as raised:
        read_yaml(path)
    assert f"{path}{said}" in str(raised.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ContractError, match=r"none\.yaml: expected a YAML file here, found none"):
        read_yaml(tmp_path / "none.yaml")


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path):
    assert read_yaml(written(tmp_path, b"\xef\xbb\xbfcolour: red\n")).content == {"colour": "red"}


@pytest.mark.parametrize(
    ("written_as", "read_as"),
    [
        ("NO", "NO"),  # Norway; false in YAML 1.1
        ("yes", "yes"),
        ("076", "076"),  # a code; 62 in YAML 1.1
        ("10:30", "10:30"),  # 630 in YAML 1.1
        ("1_000", "1_000"),
        ("2024-01-31", "2024-01-31"),
        ("2024-02-31", "2024-02-31"),  # no date: the model says so, the reader does not fall over it
        ("1e6", 1000000.0),  # a text in YAML 1.1
        ("-1.5", -1.5),
        ("12", 12),
        ("true", True),
        ("~", None),
        ("", None),
        ("'12'", "12"),
    ],
)
def test_a_plain_word_is_what_it_looks_like(tmp_path, written_as, read_as):
    found = read_yaml(written(tmp_path, f"value: {written_as}\n")).content["value"]
    assert (found, type(found)) == (read_as, type(read_as))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ":1: expected a mapping of pets, by_name, colour; found nothing"),
        ("- pets\n", ":1: expected a mapping of pets, by_name, colour; found a list"),
        ("pets: {name: Rex}\n", ":1: pets: expected a list, found a mapping"),
        ("pets: [Rex]\n", ":1: pets[0]: expected a mapping of legs, name; found 'Rex'"),
        ("pets: []\n", ":1: pets: expected 1 items or more, found a list"),
        ("pets: [{name: 12}]\n", ":1: pets[0].name: expected text, found 12; put it in quotes"),
        ("pets: [{name: Rex, legs: two}]\n", ":1: pets[0].legs: expected a whole number, found 'two'"),
        ("pets: [{name: Rex, legs: 2.5}]\n", ":1: pets[0].legs: expected a whole number, found 2.5"),
        ("pets: [{name: Rex, legs: -1}]\n", ":1: pets[0].legs: expected 0 or more, found -1"),
        ("pets: [{legs: 4}]\n", ":1: pets[0].name: this key is required and missing"),
        ("pets: [{name: Rex, leg: 4}]\n", ":1: pets[0].leg: unknown key 'leg'; did you mean 'legs'?"),
        ("pets: [{name: Rex, xyz: 4}]\n", ":1: pets[0].xyz: unknown key 'xyz'; known: legs, name"),
        ("pets: [{name: Rex}]\nby_name:\n  Rex: {nam: x, name: Rex}\n", ":3: by_name.Rex.nam: unknown key 'nam'"),
        ("pets: [{name: Rex}]\nby_name:\n  12: {name: Rex}\n", ":3: by_name.12: expected text, found 12; put it in"),
    ],
)
def test_what_the_model_does_not_take_names_line_place_and_what_was_found(tmp_path, text, said):
    file = read_yaml(written(tmp_path, text))
    with pytest.raises(ContractError) as raised:
        file.parse(House)
    assert f"{file.path}{said}" in str(raised.value)


def test_all_problems_of_a_file_are_said_together(tmp_path):
    file = read_yaml(written(tmp_path, "pets:\n  - {nam: Rex}\n  - {name: Tom, legs: many}\ncolor: red\n"))
    with pytest.raises(ContractError) as raised:
        file.parse(House)
    assert [line.removeprefix(str(file.path)) for line in str(raised.value).splitlines()] == [
        ":2: pets[0].name: this key is required and missing",
        ":2: pets[0].nam: unknown key 'nam'; did you mean 'name'?",
        ":3: pets[1].legs: expected a whole number, found 'many'",
        ":4: color: unknown key 'color'; did you mean 'colour'?",
    ]


def test_a_place_is_spelt_as_a_path():
    assert spell(("columns", 3, "clean", 0, "remove_prefix")) == "columns[3].clean[0].remove_prefix"
