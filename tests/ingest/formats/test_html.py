"""Web copies of notices are read as a browser shows them."""

from __future__ import annotations

import pytest

from services.ingest.formats import read_sheet


def _read(body: str, encoding: str = "utf-8") -> list[list[str]]:
    page = f"<html><head><meta charset='{encoding}'></head><body>{body}</body></html>"
    return [[piece.text for piece in row.pieces] for row in read_sheet(page.encode(encoding)).rows]


def test_breaks_entities_and_cells() -> None:
    """Breaks end lines, entities become letters, cells of a row stand side by side."""
    cells = "<table><tr><td>ỦY BAN<br>TỈNH&nbsp;A</td><td>C&#7896;NG H&Ograve;A</td></tr></table><p>Điều 1</p>"
    assert _read(cells) == [["ỦY BAN", "CỘNG HÒA"], ["TỈNH A"], ["Điều 1"]]


def test_scripts_and_hidden_parts_are_dropped() -> None:
    """What a browser does not show is not read, nor is the chrome around the document."""
    hidden = "<script>var a = 1</script><nav>Trang chủ</nav><div style='display:none'>ẩn</div><footer>©</footer>"
    assert _read(f"{hidden}<p>Số: 1/QĐ-X</p>") == [["Số: 1/QĐ-X"]]


def test_unclosed_cells_are_closed() -> None:
    """Cells and rows that are never closed are still cells and rows."""
    assert _read("<table><tr><td>A<td>B<tr><td>C<td>D</table>") == [["A", "B"], ["C", "D"]]


def test_a_run_of_hard_spaces_parts_columns() -> None:
    """Columns made with hard spaces come apart."""
    assert _read("<p>Nơi nhận:" + "&nbsp;" * 20 + "CHỦ TỊCH</p>") == [["Nơi nhận:", "CHỦ TỊCH"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1258"])
def test_encodings(encoding: str) -> None:
    """A page is decoded by its mark or by what its meta element states."""
    text = "Sô 5" if encoding == "cp1258" else "Số 5"
    assert _read(f"<p>{text}</p>", encoding) == [[text]]


def test_a_title_ends_where_text_is_no_longer_centred() -> None:
    """A short paragraph that is not centred stands apart from those that are, by attribute, style or element."""
    page = """<html><p align=center>KẾ HOẠCH</p><p style="text-align: center">khắc phục</p>
    <center><p>hậu quả</p></center><p>I. MỤC ĐÍCH</p></html>"""
    assert [row.gap_before for row in read_sheet(page.encode()).rows] == [False, False, False, True]
