"""`noinhan why` on a file: who gets it, who does not, and for which line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from cli.main import app

NOTICE = """UBND TỈNH BẮC KẠN                     CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
                                      Độc lập - Tự do - Hạnh phúc
Số: 77/UBND-KGVX                      Bắc Kạn, ngày 21 tháng 5 năm 2021
V/v tăng cường xét nghiệm

Kính gửi: Các sở, ban, ngành tỉnh.

Ủy ban nhân dân tỉnh yêu cầu Sở Y tế tổ chức xét nghiệm trước ngày 30 tháng 5 năm 2021.

Nơi nhận:
- Như trên;
- Lưu: VT.
                                      TM. ỦY BAN NHÂN DÂN
                                      CHỦ TỊCH

                                      Nguyễn Văn Nam
"""


def noinhan(*arguments: str) -> Any:
    return CliRunner().invoke(app, list(arguments))


def test_one_command_tells_who_got_it_and_who_did_not(tmp_path: Path) -> None:
    """The office meant, its successor and the line; and for the other why no line means it."""
    path = tmp_path / "77.txt"
    path.write_text(NOTICE, encoding="utf-8")
    done = noinhan("why", str(path), "Sở Y tế Bắc Kạn", "Sở Y tế Bắc Giang", "--json")
    got, other = json.loads(done.stdout)["offices"]
    assert (got["office"], got["delivered_to"]) == ("Sở Y tế tỉnh Bắc Kạn", "Sở Y tế tỉnh Thái Nguyên")
    assert [reason["line"] for reason in got["because"]] == ["Các sở, ban, ngành tỉnh", "Như trên"]
    assert got["tasks"] == ["t1"]
    assert other["gets_it"] is False
    assert "lies in tỉnh Bắc Giang" in other["against"][0]


def test_the_answer_for_a_person_names_line_rule_and_successor(tmp_path: Path) -> None:
    """What a clerk reads holds the line, the rule in words, and the day since which another stands in its place."""
    path = tmp_path / "77.txt"
    path.write_text(NOTICE, encoding="utf-8")
    told = noinhan("why", str(path), "Sở Y tế").stdout
    assert "delivered to Sở Y tế tỉnh Thái Nguyên, its successor since 2025-07-01" in told
    assert "because line 'Các sở, ban, ngành tỉnh' in Kính gửi: the group" in told


def test_a_file_without_a_notice_is_told_with_what_to_do(tmp_path: Path) -> None:
    """Exit 1 with the command that says more."""
    path = tmp_path / "empty.txt"
    path.write_text("", encoding="utf-8")
    done = noinhan("why", str(path), "Sở Y tế")
    assert done.exit_code == 1
    assert "noinhan parse" in done.stderr
