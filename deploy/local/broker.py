"""One Apache Kafka broker on this machine, for development, the demo and the tests.

`NOINHAN_KAFKA` set to other bootstrap servers wins: then nothing is started here.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import time
import uuid
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from pathlib import Path

from aiokafka.errors import KafkaError

from deploy.local import jars
from deploy.local.processes import end, free_ports, is_free, is_running, listens, write_pid
from deploy.local.state import State, write_whole
from services.runtime.topics import create_topics, reachable

_MAIN = "kafka.Kafka"
_READY_WITHIN_S = 60.0


class BrokerFailed(Exception):
    """The broker did not come up or does not answer. The message says what to do, or names its log."""


@dataclass(frozen=True)
class Broker:
    """Where the broker is."""

    bootstrap: str
    pid: int | None
    ours: bool


def start(state: State) -> Broker:
    """Start the broker if it does not run, create the declared topics, and say where it is.

    Raises BrokerFailed where it is not ready within a minute or another's does not answer, JarsNotTrusted where
    its jars differ or could not be fetched.
    """
    with state.locked():
        broker = status(state) or _launch(state)
        if not broker.ours and not answers(broker):
            remedy = "start it, correct NOINHAN_KAFKA, or unset it to use a broker of this machine"
            raise BrokerFailed(f"Kafka at {broker.bootstrap} does not answer: {remedy}")
        try:
            asyncio.run(create_topics(broker.bootstrap))
        except (KafkaError, OSError) as error:
            raise BrokerFailed(f"Kafka at {broker.bootstrap} has not the topics: {error!r}. See its log") from error
        return broker


def answers(broker: Broker) -> bool:
    """Whether it answers now."""
    return asyncio.run(reachable(broker.bootstrap))


def status(state: State) -> Broker | None:
    """The broker in use; None where none runs."""
    elsewhere = os.environ.get("NOINHAN_KAFKA")
    if elsewhere:
        return Broker(elsewhere, None, ours=False)
    pid = is_running(state.broker / "pid", _MAIN)
    if pid is None:
        return None
    port = json.loads((state.broker / "ports.json").read_text(encoding="ascii"))["client"]
    return Broker(f"127.0.0.1:{port}", pid, ours=True)


def stop(state: State) -> bool:
    """Stop our broker; False where none of ours runs."""
    with state.locked():
        broker = status(state)
        if broker is None or broker.pid is None:
            return False
        end(broker.pid, patience_s=30)
        (state.broker / "pid").unlink(missing_ok=True)
        return True


def _launch(state: State) -> Broker:
    state.broker.mkdir(parents=True, exist_ok=True)
    class_path = jars.class_path()
    client, controller = _ports(state.broker / "ports.json")
    properties = state.broker / "server.properties"
    properties.write_text(_properties(state.broker, client, controller), encoding="utf-8")
    if not (state.broker / "data" / "meta.properties").exists():
        _format(state.broker, class_path, properties)
    return _await_ready(state, _run(state.broker, class_path, properties), f"127.0.0.1:{client}")


def _ports(file: Path) -> tuple[int, int]:
    """The ports of last time where they are still free, so that clients find a restarted broker."""
    if file.exists():
        last = json.loads(file.read_text(encoding="ascii"))
        if is_free(last["client"]) and is_free(last["controller"]):
            return last["client"], last["controller"]
    client, controller = free_ports(2)
    write_whole(file, json.dumps({"client": client, "controller": controller}))
    return client, controller


def _properties(folder: Path, client: int, controller: int) -> str:
    lines = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.bootstrap.servers": f"127.0.0.1:{controller}",
        "listeners": f"PLAINTEXT://127.0.0.1:{client},CONTROLLER://127.0.0.1:{controller}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{client},CONTROLLER://127.0.0.1:{controller}",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": str(folder / "data"),
        "auto.create.topics.enable": "false",
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "8",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "transaction.state.log.num.partitions": "4",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        "group.initial.rebalance.delay.ms": "0",
        "message.max.bytes": "4194304",
    }
    return "".join(f"{name}={value}\n" for name, value in lines.items())


def _format(folder: Path, class_path: str, properties: Path) -> None:
    cluster = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    command = [str(jars.java()), "-cp", class_path, "kafka.tools.StorageTool"]
    # In one word: one id in 64 begins with a hyphen and would be taken for an option.
    command += ["format", "--standalone", f"--cluster-id={cluster}", "-c", str(properties)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BrokerFailed(f"the broker's storage in {folder} could not be formatted: {done.stderr or done.stdout}")


def _run(folder: Path, class_path: str, properties: Path) -> subprocess.Popen[bytes]:
    # It often lives for minutes: a second, better compilation would cost it more than it gains.
    command = [str(jars.java()), "-Xmx1g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", class_path]
    with (folder / "broker.log").open("ab") as log:
        process = subprocess.Popen(
            [*command, _MAIN, str(properties)],
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    write_pid(folder / "pid", process.pid)
    return process


def _await_ready(state: State, process: subprocess.Popen[bytes], bootstrap: str) -> Broker:
    until = time.monotonic() + _READY_WITHIN_S
    while time.monotonic() < until and process.poll() is None:
        if listens(int(bootstrap.rpartition(":")[2])) and asyncio.run(reachable(bootstrap)):
            return Broker(bootstrap, process.pid, ours=True)
        time.sleep(0.1)
    if process.poll() is None:
        end(process.pid, patience_s=5)
    raise BrokerFailed(f"the broker was not ready within {_READY_WITHIN_S:.0f} s: see {state.broker / 'broker.log'}")
