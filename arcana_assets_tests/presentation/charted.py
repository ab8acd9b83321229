"""What a reader finds on a chart: its words, and the rows that its marks stand for.

Belongs here: reading a specification as tests of charts do. Does not belong here: what one chart shows.
"""


def layers(chart):
    """All layers of a chart, those of its panels included, in order."""
    return [layer for part in chart.get("concat", [chart]) for layer in part["layer"]]


def rows(chart, mark):
    """The rows of all marks of a kind."""
    found = [each for each in layers(chart) if each["mark"]["type"] == mark]
    return [row for each in found for row in each["data"]["values"]]


def words(chart):
    """All words that a reader reads, a line break being a blank."""
    parts = [chart, *chart.get("concat", [])]
    titles = [part["title"] for part in parts if "title" in part]
    said = [line for title in titles for name in ("text", "subtitle") for line in _lines(title.get(name, ""))]
    for layer in layers(chart):
        encoding = {name: each for name, each in layer["encoding"].items() if name != "tooltip"}
        said += [each["axis"]["title"] for each in encoding.values() if (each.get("axis") or {}).get("title")]
        said += [each["title"] for each in encoding.values() if each.get("title")]
        if "text" in encoding:
            said += [row[encoding["text"]["field"]] for row in layer["data"]["values"]]
    return " ".join(said).replace("\n", " ")


def _lines(text):
    return [text] if isinstance(text, str) else text
