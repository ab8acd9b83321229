"""Tables in Markdown."""

from arcana_assets.presentation.markdown import bullets, codes, image, markdown_table


def test_rows_become_a_table_whose_grid_no_cell_breaks():
    table = markdown_table(("item", "share"), [("a|b", 0.5), ("two\nlines", None)])
    assert table == "| item | share |\n| --- | --- |\n| a\\|b | 0.5 |\n| two lines |  |"


def test_no_rows_are_a_head():
    assert markdown_table(("item",), []) == "| item |\n| --- |"


def test_names_are_code_and_items_are_lines():
    assert bullets("one", codes(["a", "b"])) == "- one\n- `a`, `b`"


def test_the_words_of_a_picture_are_no_markdown():
    text = image("a](http://x) <b>\n*c*", b"png")
    assert text == r"![a\](http://x) \<b\> \*c\*](data:image/png;base64,cG5n)"
