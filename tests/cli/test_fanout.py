"""The picture of a fan-out: its numbers add up, nothing lies on anything else, and text is only text."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from typer.testing import CliRunner

from cli.main import app
from cli.plan.fanout import Branch, Cell, Tree
from cli.plan.fanout_svg import WIDTH, picture
from cli.plan.lettering import ELLIPSIS, cut, width, wrap

SVG = "{http://www.w3.org/2000/svg}"
SAMPLES = Path(__file__).resolve().parents[2] / "samples"
LINES = {
    "a few": "- TTr Tỉnh ủy, UBND tỉnh Hà Nam (để b/c);",
    "two hundred": "- Các Bộ, cơ quan ngang Bộ;\n- UBND các tỉnh, thành phố trực thuộc Trung ương;\n- UBND tỉnh Hà Nam;"
    "\n- Tỉnh ủy, UBND các tỉnh, thành phố trực thuộc Trung ương;",
    "thousands": "- UBND các tỉnh, thành phố trực thuộc Trung ương;\n"
    "- UBND các huyện, quận, thị xã, thành phố thuộc tỉnh;\n- UBND các xã, phường, thị trấn;\n"
    "- Hội Những người yêu mèo;",
}
NOTICE = """THỦ TƯỚNG CHÍNH PHỦ

CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Độc lập - Tự do - Hạnh phúc

Số: 789/CĐ-TTg
Hà Nội, ngày 05 tháng 6 năm 2021

CÔNG ĐIỆN
Về việc {subject}

Thủ tướng Chính phủ yêu cầu các cơ quan thực hiện.

Nơi nhận:
{lines}
- Lưu: VT.

KT. THỦ TƯỚNG
PHÓ THỦ TƯỚNG

Vũ Đức Đam
"""


@dataclass(frozen=True)
class Box:
    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Box) -> bool:
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


def drawn(folder: Path, source: Path) -> tuple[ET.Element, list[dict[str, Any]]]:
    """The picture of a file, and what --json tells of it."""
    path = folder / "fanout.svg"
    done = CliRunner().invoke(app, ["plan", "--json", "--svg", str(path), str(source)])
    assert done.exit_code == 0
    return ET.parse(path).getroot(), [json.loads(line) for line in done.stdout.splitlines()]


def written(folder: Path, lines: str, subject: str = "phòng, chống dịch") -> Path:
    path = folder / "notice.txt"
    path.write_text(NOTICE.format(lines=lines, subject=subject), encoding="utf-8")
    return path


@pytest.fixture(params=[*LINES, "04_cong_van_kem_thong_bao.txt", "06_thong_bao_so_trong.txt", "12_bo_gui_63_so.txt"])
def both(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[ET.Element, list[dict[str, Any]]]:
    source = written(tmp_path, LINES[request.param]) if request.param in LINES else SAMPLES / request.param
    return drawn(tmp_path, source)


def of_class(root: ET.Element, kind: str) -> list[ET.Element]:
    return [each for each in root.iter() if kind in each.get("class", "").split()]


def boxes(root: ET.Element) -> list[Box]:
    found = []
    for each in of_class(root, "box"):
        left, top, wide, high = (float(each.get(name, "")) for name in ("x", "y", "width", "height"))
        found.append(Box(left, top, left + wide, top + high))
    return found


def count(cells: list[ET.Element]) -> int:
    return sum(int(each.get("data-count", "")) for each in cells)


def test_every_number_adds_up(both: tuple[ET.Element, list[dict[str, Any]]]) -> None:
    """The cells of a line come to its count, and those that are new to the number of recipients."""
    root, told = both
    trees = of_class(root, "tree")
    assert len(trees) == len(told)
    for tree, plan in zip(trees, told, strict=True):
        for branch in of_class(tree, "branch"):
            assert count(of_class(branch, "cell")) == int(branch.get("data-count", ""))
        new = count(of_class(tree, "cell")) - count([each for each in of_class(tree, "also") if each.tag == f"{SVG}g"])
        assert new == len(plan["recipients"])


def test_nothing_lies_on_anything_else(both: tuple[ET.Element, list[dict[str, Any]]]) -> None:
    """Boxes do not overlap, and lie inside a picture of usable size."""
    root, _ = both
    found = boxes(root)
    assert not [(one, other) for one, other in combinations(found, 2) if one.overlaps(other)]
    high = float(root.get("height", ""))
    assert all(box.left >= 0 and box.right <= WIDTH and box.top >= 0 and box.bottom <= high for box in found)
    assert WIDTH <= 1400
    assert high < 3000


def test_text_stays_in_its_box(both: tuple[ET.Element, list[dict[str, Any]]]) -> None:
    """Every text starts and ends inside one box."""
    root, _ = both
    found = boxes(root)
    for text in root.iter(f"{SVG}text"):
        long = width(text.text or "", {"note": 11, "subject": 17}.get(text.get("class", "").split()[0], 12))
        at, baseline = float(text.get("x", "")), float(text.get("y", ""))
        left, right = (at - long, at) if "end" in text.get("class", "") else (at, at + long)
        assert any(b.left <= left and right <= b.right and b.top < baseline < b.bottom for b in found), text.text


def test_thousands_are_gathered_by_province(tmp_path: Path) -> None:
    """Every commune of the country is 63 cells with counts; none is drawn alone, and the unknown is told."""
    root, told = drawn(tmp_path, written(tmp_path, LINES["thousands"]))
    assert len(told[0]["recipients"]) > 10_000
    communes = of_class(root, "branch")[2]
    assert len(of_class(communes, "cell")) == 63
    assert communes.get("data-count") == "10599"
    (unknown,) = [each for each in of_class(root, "cell") if "open" in each.get("class", "")]
    assert "Hội Những người yêu mèo: unknown name" in "".join(unknown.itertext())


def test_an_office_of_several_lines_is_drawn_once(tmp_path: Path) -> None:
    """Where a later line reaches it again, that line says by which it was reached."""
    root, _ = drawn(tmp_path, written(tmp_path, LINES["two hundred"]))
    again = ["".join(each.itertext()) for each in of_class(root, "also") if each.tag == f"{SVG}g"]
    assert len(again) == 2
    assert "also by line 2" in again[0]
    assert "reached by line 2 already" in again[0]
    labels = [each.text for each in of_class(root, "name")]
    assert labels.count("UBND tỉnh Hải Dương") == 1


def test_what_looks_like_markup_is_only_text(tmp_path: Path) -> None:
    """Markup that the reader leaves in a subject is shown as written; the picture has a title and a description."""
    subject = 'mức < 5 & "> 3", <!-- ngập'
    root, _ = drawn(tmp_path, written(tmp_path, LINES["a few"], subject))
    assert [each.text for each in of_class(root, "subject")] == [f"Về việc {subject}"]
    assert root.findtext(f"{SVG}title")
    assert root.findtext(f"{SVG}desc")


@given(st.text(), st.text())
@example("<script>alert(1)</script>", "]]>&amp;\x0b\ud800")
def test_any_text_can_be_drawn(name: str, subject: str) -> None:
    """Letters that XML may not hold do not break the picture."""
    branch = Branch("Nơi nhận · line 1", name, name, 1, (Cell("office", name), Cell("open", name, 0, title=name)))
    root = ET.fromstring(picture([Tree(name, subject, name, (branch,))]))
    assert {each.tag.removeprefix(SVG) for each in root.iter()} <= {
        *["svg", "title", "desc", "style", "rect", "path", "text", "g"]
    }


def test_the_same_plan_gives_the_same_bytes(tmp_path: Path) -> None:
    """Drawn twice, the picture is the same."""
    source = written(tmp_path, LINES["two hundred"])
    first, second = (ET.tostring(drawn(tmp_path, source)[0]) for _ in range(2))
    assert first == second


@given(st.text(min_size=1), st.floats(30, 400))
def test_text_is_cut_with_an_ellipsis_only(text: str, room: float) -> None:
    """What does not fit ends in an ellipsis and then fits."""
    short = cut(text, room, 12)
    assert short == text or short.endswith(ELLIPSIS)
    assert width(short, 12) <= room or short == ELLIPSIS
    lines = wrap(text, room, 12, 3)
    assert len(lines) <= 3
    assert " ".join(lines) == " ".join(text.split()) or any(line.endswith(ELLIPSIS) for line in lines)
