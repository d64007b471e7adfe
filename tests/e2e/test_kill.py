"""Each service is killed in mid-run and started again: every delivery arrives, and the books balance."""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from cli.balance import gather
from cli.main import app
from cli.services import client
from contracts import identity
from demo import offices
from demo.stage import Stage, stage
from deploy.local import broker, services
from tests.e2e.test_journey import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.kafka]

ROUNDS = int(os.environ.get("FAULTS_ROUNDS", "3"))
NOTICES = 12
SETTLED_WITHIN_S = 90

NOTICE = """ỦY BAN NHÂN DÂN
TỈNH HÀ NAM

CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Độc lập - Tự do - Hạnh phúc

Số: {number}/TB-UBND
Hà Nam, ngày 02 tháng 11 năm 2021

THÔNG BÁO
Về việc diễn tập lần {number}

Ủy ban nhân dân tỉnh thông báo để các địa phương biết.

Nơi nhận:
- UBND các huyện, thị xã, thành phố;
- Đảng ủy, UBND các xã, phường, thị trấn;
- Lưu: VT.

CHỦ TỊCH

Trương Văn Hải
"""


@pytest.fixture
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Everything running, with short leases, so that what a killed notifier held is soon taken up again."""
    short = {
        "NOINHAN_SUCCESSORS": "false",
        "NOINHAN_RETRY_SCHEDULE_S": "0.5,1,2,2,2,2,2,2",
        "NOINHAN_LEASE_S": "4",
        "NOINHAN_WEBHOOK_TIMEOUT_S": "2",
    }
    with stage(tmp_path_factory.mktemp("kill"), short) as made:
        yield made


@pytest.mark.timeout(120 + 120 * ROUNDS)
def test_every_delivery_arrives_however_often_services_are_killed(
    ready: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """SIGKILL to each service in turn: by webhook-id exactly what was expected arrives, and the books balance."""
    paths = _notices(tmp_path)
    recipients = offices.occurring(paths[:1])
    added = ready.register(offices.endpoints_at(recipients, ready.webhook_base))
    with ThreadPoolExecutor(max_workers=1) as pool:
        killing = pool.submit(_kill_in_turn, ready, ROUNDS)
        notice_ids = [_submit_stubbornly(path) for path in paths]
        arrived_before_kills = killing.result()
    assert len(arrived_before_kills) == len(services.SERVICES) * ROUNDS
    assert any(0 < arrived < len(paths) * len(recipients) for arrived in arrived_before_kills)
    _await_settled(len(paths) * len(recipients))

    expected = {
        identity.delivery_id(identity.assignment_id(notice, 1, each["recipient_id"]), each["endpoint_id"])
        for notice in notice_ids
        for each in added
    }
    assert set(ready.receiver.taken) == expected
    assert not ready.receiver.refused
    done = CliRunner().invoke(app, ["balance", "--json"])
    assert done.exit_code == 0, done.output
    states = Counter({"delivered": 0})
    for notice in json.loads(done.stdout)["notices"]:
        states["delivered"] += notice["delivered"]
    assert states["delivered"] == len(expected)
    again = sum(count - 1 for count in ready.receiver.taken.values())
    told = f"{len(expected)} deliveries, {again} repeated with their own webhook-id, {len(arrived_before_kills)} kills"
    with capsys.disabled():
        sys.stderr.write(f"\n{told}\n")


def _notices(folder: Path) -> list[Path]:
    paths = []
    for number in range(1, NOTICES * ROUNDS + 1):
        path = folder / f"tb{number}.txt"
        path.write_text(NOTICE.format(number=number), encoding="utf-8")
        paths.append(path)
    return paths


def _submit_stubbornly(path: Path) -> str:
    """Submit as an office's system would: again while ingest is away. The id of the notice."""
    last = "it was never refused a connection"
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            with client("ingest") as http:
                answer = http.post("/v1/documents", content=path.read_bytes(), headers={"x-file-name": path.name})
            if answer.status_code == httpx.codes.ACCEPTED:
                (notice_id,) = answer.json()["notice_ids"]
                return str(notice_id)
        except httpx.TransportError as away:
            last = repr(away)
        time.sleep(0.2)
    raise TimeoutError(f"{path.name} was not accepted within 60 s: {last}")


def _kill_in_turn(ready: Stage, rounds: int) -> list[int]:
    """End each service in turn, after the first round not before something arrived; how much had at each kill."""
    chance = random.Random(7)
    arrived: list[int] = []
    for _ in range(rounds):
        if arrived:
            eventually(lambda: ready.receiver.taken)
        for service in services.SERVICES:
            time.sleep(chance.uniform(0.5, 1.5))
            os.kill(_running(ready, service), signal.SIGKILL)
            arrived.append(len(ready.receiver.taken))
    return arrived


def _running(ready: Stage, service: str) -> int:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        pid = services.pid(ready.home, service)
        if pid:
            return pid
        time.sleep(0.1)
    raise TimeoutError(f"{service} was not started again within 30 s")


def _await_settled(expected: int) -> None:
    until = time.monotonic() + SETTLED_WITHIN_S
    while time.monotonic() < until:
        books = gather().books()
        if sum(each.states["delivered"] for each in books) >= expected and not any(each.wrong for each in books):
            return
        time.sleep(1)
    states = Counter(name for each in gather().books() for name in each.states.elements())
    raise TimeoutError(f"not settled within {SETTLED_WITHIN_S} s: {dict(states)} of {expected}")


def test_a_broker_that_dies_and_comes_back_loses_nothing(ready: Stage, tmp_path: Path) -> None:
    """A notice given while no broker runs is accepted once it is back, and no service had to be started anew."""
    before, during = _notices(tmp_path)[:2]
    recipients = offices.occurring([before])
    ready.register(offices.endpoints_at(recipients, ready.webhook_base))
    _submit_stubbornly(before)
    _await_settled(len(recipients))
    pids = [_running(ready, service) for service in services.SERVICES]
    running = broker.status(ready.home)
    assert running is not None
    assert running.pid is not None
    os.kill(running.pid, signal.SIGKILL)
    with ThreadPoolExecutor(max_workers=1) as pool:
        submitting = pool.submit(_submit_stubbornly, during)
        time.sleep(3)
        assert broker.start(ready.home).bootstrap == running.bootstrap
        submitting.result()
    _await_settled(2 * len(recipients))
    assert [_running(ready, service) for service in services.SERVICES] == pids
    assert set(ready.receiver.taken.values()) == {1}
