"""Places that are left: who accepts one accepts it of one customer, and nobody else is named around it."""

import json

from arcana_assets.erasure.places import File, Left, accepted, scan
from arcana_assets.erasure.wanted import Wanted


def test_a_place_is_accepted_of_one_customer_whatever_its_number_in_the_scan():
    left = [
        Left("other", "lake/x.json", "line 1", '"rows": [2]', 2, who="her"),
        Left("other", "lake/x.json", "line 1", "", 1),
    ]
    told = [{"place": "lake/x.json", "context": '"rows": [1]', "customer": "her"}]
    assert accepted(left, told) == left[:1]
    assert accepted(left, [{**told[0], "customer": "another"}]) == []


def test_around_an_id_only_the_name_of_a_number_is_told(tmp_path):
    path = tmp_path / "x.json"
    path.write_text('{"typical": "C1, C2, C3"} Maria C1 {"rows_without_customer": "C1"}')
    found = scan([File("tables", "retail/x.json", str(path), 1)], Wanted(["C1"]))
    assert [each.context for each in found.left if each.context] == [
        '{"typical": "[1]',
        '{"rows_without_customer": "[1]"}',
    ]
    assert "C2" not in repr(found.left)
    assert "Maria" not in repr(found.left)


def test_a_number_in_the_log_of_a_table_is_told_with_what_it_is_called(tmp_path):
    path = tmp_path / "0.json"
    path.write_text(json.dumps({"add": {"stats": json.dumps({"maxValues": {"rows": 3077}}), "size": 3077}}))
    found = scan([File("tables", "retail/gold/t/_delta_log/0.json", str(path), 1)], Wanted(["3077"]))
    assert [each.context for each in found.left] == ['{\\"rows\\": [1]}', '"size": [1]}']


def test_a_customer_beside_a_number_is_not_told_as_the_number(tmp_path):
    path = tmp_path / "x.json"
    path.write_text('{"rows": 3077, "who": ["3077"]}')
    found = scan([File("tables", "retail/x.json", str(path), 1)], Wanted(["3077"]))
    assert [each.context for each in found.left] == ['{"rows": [1]', ""]


def test_of_many_places_in_a_file_nobody_is_forgotten(tmp_path):
    path = tmp_path / "x.txt"
    path.write_text("C1\n" * 60 + "C2\n")
    found = scan([File("tables", "retail/x.txt", str(path), 1)], Wanted(["C1", "C2"]))
    assert len(found.left) == 52
    assert {(each.number, each.where, each.times) for each in found.left[-2:]} == {
        (1, "10 more places in it", 10),
        (2, "1 more places in it", 1),
    }
