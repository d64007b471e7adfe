"""Tables of a PDF whose cells are parted by drawn lines."""

from __future__ import annotations

import pytest

from bench.rendering.paper import LEFT, Paper
from bench.rendering.render_table import put_table
from services.ingest.formats import layout, read_sheet
from services.ingest.formats.page import Rule, Word
from services.ingest.formats.ruled_tables import take_tables
from services.ingest.reading import read_text

HEAD = "STT | Nhiệm vụ | Cơ quan chủ trì | Thời hạn"
LONG = "Hoàn thành làm sạch dữ liệu đất đai tại ba mươi xã, phường trên địa bàn toàn tỉnh và báo cáo kết quả"


def _page(*rows: str) -> str:
    paper = Paper()
    paper.paragraph("Ban Chỉ đạo phân công nhiệm vụ trọng tâm quý I cho các cơ quan, đơn vị như sau:")
    put_table(paper, rows)
    paper.paragraph("Các cơ quan báo cáo kết quả trước ngày 31 tháng 3 năm 2026.")
    return layout(read_sheet(bytes(paper.output())))


@pytest.mark.parametrize("more", [(), (f"2 | {LONG} | Sở Y tế | Quý II",)])
def test_what_wraps_in_a_cell_is_one_cell(more: tuple[str, ...]) -> None:
    """Borders drawn as boxes (an even number of rows) or as thin bars part the cells, however their words wrap."""
    text = _page(HEAD, f"1 | {LONG} | Sở Nông nghiệp và Môi trường | 31/3/2026", *more)
    assert HEAD in text
    assert f"1 | {LONG} | Sở Nông nghiệp và Môi trường | 31/3/2026" in text
    assert text.index("như sau:") < text.index("STT |") < text.index("Các cơ quan báo cáo")


def test_an_empty_cell_keeps_its_place() -> None:
    """A row without a number still has its columns where the head has them."""
    text = _page(HEAD, " | Tiếp nhận hồ sơ | Sở Nội vụ | ", "2 | Thẩm định | Sở Tài chính | Quý I")
    assert "- | Tiếp nhận hồ sơ | Sở Nội vụ | -" in text


def test_a_task_is_read_from_a_row_that_wraps() -> None:
    """Work, who leads it and until when come from the cells of one row."""
    table = _page(HEAD, f"1 | {LONG} | Sở Nông nghiệp và Môi trường | 31/3/2026")
    header = "UBND TỈNH KHÁNH HÒA\n\nSố: 15/KH-UBND\nKhánh Hòa, ngày 30 tháng 01 năm 2026\n\nKẾ HOẠCH\nNăm 2026\n\n"
    (notice,) = read_text(f"{header}{table}\nNơi nhận:\n- Sở Nội vụ;\n- Lưu: VT.\n\nCHỦ TỊCH\n\nLê Huy Toàn\n")
    (task,) = [each for each in notice.tasks if each.role == "chủ trì"]
    assert (task.text, task.assignees) == (LONG, ("Sở Nông nghiệp và Môi trường",))
    assert str(task.deadline) == "2026-03-31"


def _word(text: str, x: float, y: float) -> Word:
    return Word(text, x, x + 20, y, y + 10)


def _box(left: float, top: float, right: float, bottom: float) -> list[Rule]:
    return [
        Rule(left, top, right, top),
        Rule(left, bottom, right, bottom),
        Rule(left, top, left, bottom),
        Rule(right, top, right, bottom),
    ]


def test_two_cells_side_by_side_are_no_table() -> None:
    """A letterhead, or a signature beside its list, may stand in a frame: its columns stay columns."""
    words = [_word("UBND", LEFT + 5, 105), _word("CỘNG", LEFT + 205, 105)]
    rules = [*_box(LEFT, 100, LEFT + 200, 150), *_box(LEFT + 200, 100, LEFT + 400, 150)]
    assert take_tables(words, rules) == (words, [])


def test_a_cell_over_two_columns_is_known_by_its_first() -> None:
    """Where no line parts two cells, what stands in either belongs to the left one."""
    rules = [rule for at in range(3) for rule in _box(at * 100, 130, at * 100 + 100, 160)]
    rules += [*_box(0, 100, 200, 130), *_box(200, 100, 300, 130)]
    words = [_word("rộng", 150, 110), _word("hẹp", 250, 110), _word("một", 10, 140), _word("hai", 110, 140)]
    left, rows = take_tables(words, rules)
    assert left == []
    assert [[piece.text for piece in row.pieces] for row in rows] == [["rộng", "", "hẹp"], ["một", "hai", ""]]


def test_lines_without_cells_part_nothing() -> None:
    """A rule under a heading, and one over a footnote, leave the words as they are."""
    words = [_word("Điều", 10, 105)]
    assert take_tables(words, [Rule(0, 120, 300, 120), Rule(0, 300, 140, 300)]) == (words, [])
