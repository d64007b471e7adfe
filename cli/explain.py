"""`noinhan parse --explain`: the document with each field marked where it was read, in the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.style import Style
from rich.table import Table
from rich.text import Text

from cli.answer import out
from cli.marked import LABELS, Field

_COLOURS = (
    "dark_orange3", "deep_sky_blue3", "dark_green", "purple4", "dark_goldenrod", "steel_blue", "deep_pink4", "red3",
    "dodger_blue3", "green4", "grey50", "medium_purple4", "dark_cyan", "orange4", "light_steel_blue", "pink3",
    "salmon1",
)  # fmt: skip
_STYLES = {kind: Style(bgcolor=colour, color="white") for kind, colour in zip(LABELS, _COLOURS, strict=True)}
_DOUBTFUL = 0.85


def explain(text: str, notices: Sequence[Sequence[Field]]) -> None:
    """Print the text with its fields in colour, then what each of them is."""
    for number, line in enumerate(_marked(text, notices), start=1):
        out.print(Text(f"{number:>4} │ ", style="dim") + line, soft_wrap=True)
    for fields in notices:
        out.print()
        out.print(_legend(fields))


def _marked(text: str, notices: Sequence[Sequence[Field]]) -> list[Text]:
    lines = [Text(line) for line in text.rstrip("\n").split("\n")]
    for field in (field for fields in notices for field in fields):
        for place in field.places:
            lines[place.line - 1].stylize(_STYLES.get(field.kind, "reverse"), place.start, place.end)
    return lines


def _legend(fields: Sequence[Field]) -> Table:
    table = Table("", "field", "line", "sure", "value", box=None, padding=(0, 1))
    for field in fields:
        first = str(field.places[0].line) if field.places else "–"
        sure = Text(f"{field.per_cent} %", style="yellow" if field.confidence < _DOUBTFUL else "")
        value = Text(field.value) + Text(f"  {field.doubts}" if field.doubts else "", style="dim italic")
        table.add_row(Text("  ", style=_STYLES.get(field.kind, "reverse")), field.label, first, sure, value)
    return table
