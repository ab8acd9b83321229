import pytest

from arcana_assets.landing.files.parts import account

ELEVEN = [f"telemetria_{number}.csv" for number in range(1, 12)]


def without(*numbers):
    return [path for path in ELEVEN if path not in {f"telemetria_{number}.csv" for number in numbers}]


@pytest.mark.parametrize("copies", [{}, {"telemetria_3 (1).csv": "telemetria_3.csv"}])
def test_a_delivery_with_as_many_files_as_the_contract_says_is_whole(copies):
    assert account(11, ELEVEN, copies) == (True, "11 files, as expected", [])


def test_missing_files_are_named_by_their_running_number():
    found = account(11, without(7, 11), {})
    assert (found.complete, found.missing) == (False, ["telemetria_7.csv", "telemetria_11.csv"])
    assert found.words == (
        "expected 11 files, found 9; missing telemetria_7.csv, telemetria_11.csv; "
        "deliver what is missing and refresh again"
    )


def test_a_file_that_came_with_the_content_of_another_is_not_missing_but_said_to_be_a_copy():
    found = account(11, without(7), {"telemetria_7.csv": "telemetria_3.csv"})
    assert (found.complete, found.missing) == (False, [])
    assert "found 10; telemetria_7.csv is a copy of telemetria_3.csv; deliver" in found.words


def test_nothing_at_all_is_whole_where_the_contract_does_not_ask_for_a_delivery():
    assert account(11, [], {}, required=False) == (True, "nothing was delivered, which the contract allows", [])
    assert not account(11, [], {}).complete
    assert not account(11, ELEVEN[:1], {}, required=False).complete


def test_files_beyond_the_last_are_named():
    found = account(11, [*ELEVEN, "telemetria_12.csv"], {})
    assert not found.complete
    assert "found 12; not expected telemetria_12.csv; take away" in found.words


@pytest.mark.parametrize(
    ("expected", "paths", "missing"),
    [
        (3, ["x/part_01.csv.gz", "x/part_03.csv.gz"], ["x/part_02.csv.gz"]),
        (3, ["part0.csv", "part2.csv"], ["part1.csv"]),
        (2, ["part2.csv"], ["part1.csv"]),
        (2, ["sales_20110501.csv"], []),  # a date
        (2, ["sales.csv"], []),
        (2, [], []),
    ],
)
def test_only_names_that_count_from_one_or_nought_say_what_is_missing(expected, paths, missing):
    assert account(expected, paths, {}).missing == missing


def test_a_second_delivery_beside_the_first_is_counted_by_itself():
    second = [f"2025-07/{path}" for path in ELEVEN]
    assert account(11, [*ELEVEN, *second], {}) == (True, "11 files in each of 2 deliveries, as expected", [])
    found = account(11, [*ELEVEN, *second[:-1]], {})
    assert not found.complete
    assert found.missing == [second[-1]]
    assert "found 10" in found.words


def test_a_delivery_of_which_nothing_came_is_none():
    assert account(11, [], {}).words.startswith("expected 11 files, found 0")


def test_a_copy_that_a_browser_named_is_of_the_same_delivery():
    paths = [*without(2), "telemetria_2 (1).csv"]
    assert account(11, paths, {"telemetria_2.csv": "telemetria_2 (1).csv"}).complete
