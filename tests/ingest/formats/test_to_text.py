"""A sheet as text keeps columns, gaps and margins."""

from __future__ import annotations

from services.ingest.formats import Piece, Row, Sheet, layout


def _sheet(*rows: Row) -> Sheet:
    return Sheet(rows, "application/pdf", 2, "text layer")


def _row(*pieces: tuple[str, float], page: int = 1, gap: bool = False, ruled: bool = False) -> Row:
    return Row(page, 0, 10, tuple(Piece(text, x, x + 50) for text, x in pieces), gap, ruled)


def test_pieces_stand_apart_at_their_columns() -> None:
    """Pieces are at least five spaces apart, and further where the page has them further."""
    text = layout(
        _sheet(_row(("Nơi nhận:", 85), ("CHỦ TỊCH", 355)), _row(("- Lưu: VT, KGVX và các đơn vị;", 85), ("An", 200)))
    )
    assert text.splitlines() == ["Nơi nhận:" + " " * 41 + "CHỦ TỊCH", "- Lưu: VT, KGVX và các đơn vị;" + " " * 5 + "An"]


def test_the_margin_of_each_page_is_taken_off() -> None:
    """Text at a page's own left margin begins at the first column, on pages printed left and right alike."""
    rows = [
        _row(("abc", 85)),
        _row(("indented", 113)),
        _row(
            (
                "def",
                60,
            ),
            page=2,
        ),
    ]
    assert layout(_sheet(*rows)).splitlines() == ["abc", "     indented", "def"]


def test_gaps_are_blank_lines_and_rules_are_drawn() -> None:
    """A gap before a row becomes a blank line, a rule a line of dashes."""
    assert layout(_sheet(_row(("a", 85)), _row(("b", 85), gap=True, ruled=True))).splitlines() == [
        "a",
        "-" * 20,
        "",
        "b",
    ]


def test_what_the_reader_would_repair_moves_no_column() -> None:
    """Marks without width are gone from the text, so that places in it are those of the words."""
    assert layout(_sheet(_row(("\u200bSố\ufeff: 1/QĐ\u00ad-UBND", 85)))) == "Số: 1/QĐ-UBND\n"
