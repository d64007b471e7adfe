"""What the command says, and its exit status, where something is not there."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import app
from demo.stage import only_settings
from deploy.local import broker, jars, services
from deploy.local.processes import free_ports, write_pid
from deploy.local.state import State


@pytest.fixture
def home(tmp_path: Path) -> Iterator[State]:
    made = State(tmp_path / "state")
    with only_settings({"NOINHAN_HOME": str(made.home)}):
        yield made


def noinhan(*arguments: str) -> Any:
    return CliRunner().invoke(app, list(arguments))


@pytest.mark.parametrize("command", ["parse", "plan", "submit"])
def test_a_path_that_is_not_there_is_a_wrong_word(home: State, command: str) -> None:
    """Exit 2, before anything is asked or read."""
    done = noinhan(command, str(home.home / "none.txt"))
    assert done.exit_code == 2
    assert "there is no file" in done.output


@pytest.mark.parametrize("command", [["broker", "start"], ["up"]])
def test_a_cluster_that_does_not_answer_is_unreachable(home: State, command: list[str]) -> None:
    """Exit 3 with what to do, and no traceback."""
    (port,) = free_ports(1)
    os.environ["NOINHAN_KAFKA"] = f"127.0.0.1:{port}"
    done = noinhan(*command)
    assert done.exit_code == 3
    assert "does not answer" in done.output
    assert "NOINHAN_KAFKA" in done.output


@pytest.mark.parametrize("command", [["broker", "status"], ["status"]])
def test_the_status_of_another_cluster_is_asked(home: State, command: list[str]) -> None:
    """Exit 1 where it does not answer."""
    (port,) = free_ports(1)
    os.environ["NOINHAN_KAFKA"] = f"127.0.0.1:{port}"
    done = noinhan(*command)
    assert done.exit_code == 1
    assert "does not answer" in done.output


def test_a_first_start_without_a_network_says_so(home: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 3 with where the jars come from."""

    def resolve() -> list[Path]:
        raise ConnectionError("no route")

    monkeypatch.setattr(jars, "_resolve", resolve)
    done = noinhan("broker", "start")
    assert done.exit_code == 3
    assert "repo.maven.apache.org" in done.output


def test_a_service_that_runs_is_not_served_twice(home: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 1, with its pid; its port and pid file stay."""
    monkeypatch.setattr(broker, "status", lambda _: broker.Broker("127.0.0.1:1", None, ours=False))
    services.choose_ports(home)
    url = services.url(home, "router")
    program = "print(flush=True); import time; time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", program, "serve", "router"], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        write_pid(services.pid_file(home, "router"), other.pid)
        done = noinhan("serve", "router")
        assert services.pid(home, "router") == other.pid
        other.kill()
    assert done.exit_code == 1
    assert f"runs already (pid {other.pid})" in done.output
    assert services.url(home, "router") == url


def test_a_service_by_hand_has_a_pid_file_while_it_runs(home: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is there during the run and gone afterwards."""
    during: list[str] = []

    def run(service: str) -> int:
        during.append(services.pid_file(home, service).read_text().split()[0])
        return 0

    monkeypatch.setattr(broker, "status", lambda _: broker.Broker("127.0.0.1:1", None, ours=False))
    monkeypatch.setattr("cli.serve._main", run)
    assert noinhan("serve", "router").exit_code == 0
    assert during == [str(os.getpid())]
    assert not services.pid_file(home, "router").exists()


def test_settings_of_the_users_shell_are_put_aside_and_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stage sees its own settings only, and leaves those of the shell as they were."""
    monkeypatch.setenv("NOINHAN_KAFKA", "kafka.example:9092")
    with only_settings({"NOINHAN_HOME": "/nowhere"}):
        assert {name for name in os.environ if name.startswith("NOINHAN_")} == {"NOINHAN_HOME"}
    assert os.environ["NOINHAN_KAFKA"] == "kafka.example:9092"
    assert "NOINHAN_HOME" not in os.environ
