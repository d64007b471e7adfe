"""The main job end to end: services as processes, a real broker, real SMTP, real HTTP."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from cli.main import app
from cli.services import client
from demo import show
from demo.stage import Stage, stage
from services.router.directory import Directory

pytestmark = [pytest.mark.e2e, pytest.mark.kafka]

NOTICE = """ỦY BAN NHÂN DÂN
TỈNH SƠN LA

CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Độc lập - Tự do - Hạnh phúc

Số: {number}/TB-UBND
Sơn La, ngày 11 tháng 3 năm 2022

THÔNG BÁO
Về việc diễn tập phòng cháy rừng

Ủy ban nhân dân tỉnh thông báo kế hoạch diễn tập như sau:

1. Giao Sở Y tế bố trí xe cứu thương trước ngày 20 tháng 3 năm 2022.

2. Sở Tài chính cấp kinh phí diễn tập.

Nơi nhận:
- TT Tỉnh ủy (b/c);
- Sở Y tế, Sở Tài chính;
- Hội Người yêu hoa lan tỉnh;
- Lưu: VT.

TM. ỦY BAN NHÂN DÂN
CHỦ TỊCH

Lò Văn Minh
"""


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Everything running, with retries that come soon."""
    with stage(tmp_path_factory.mktemp("journey"), {"NOINHAN_RETRY_SCHEDULE_S": "0.5,1,2"}) as made:
        yield made


@pytest.fixture(scope="module")
def offices() -> dict[str, str]:
    """The recipient_ids of the offices that the notice names."""
    from cli.plan import told_of

    return {each["name"]: each["recipient_id"] for each in told_of(NOTICE.format(number=1), Directory.load())}


def noinhan(*arguments: str) -> Any:
    """Run the command in this process."""
    return CliRunner().invoke(app, list(arguments))


def eventually(check: Callable[[], Any], seconds: float = 30) -> Any:
    """Wait until `check()` answers something true, and return that."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        answer = check()
        if answer:
            return answer
        time.sleep(0.1)
    raise TimeoutError("it did not come about")


def submit(tmp_path: Path, number: int) -> dict[str, Any]:
    path = tmp_path / f"tb{number}.txt"
    path.write_text(NOTICE.format(number=number), encoding="utf-8")
    done = noinhan("submit", "--json", str(path))
    assert done.exit_code == 0, done.output
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def way_of(number: str) -> dict[str, Any]:
    """What `trace` tells of a notice."""
    done = noinhan("trace", number, "--json")
    assert done.exit_code == 0, done.output
    way: dict[str, Any] = json.loads(done.stdout)
    return way
