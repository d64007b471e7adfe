"""The local broker, its jars, its topics, and the state folder."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from contracts.topics import topics
from deploy import validate
from deploy.local import broker, jars
from deploy.local.processes import free_ports, is_running
from deploy.local.state import State
from services.notifier.vault import Vault
from services.runtime.topics import create_topics, reachable


def test_jars_that_differ_from_the_committed_list_are_not_run(tmp_path: Path) -> None:
    """A changed, a missing and a further jar are each named."""
    good, changed, further = (tmp_path / name for name in ("good.jar", "changed.jar", "further.jar"))
    for jar in (good, changed, further):
        jar.write_bytes(jar.name.encode())
    sums = tmp_path / "sums"
    listed = {"good.jar": b"good.jar", "changed.jar": b"other", "missing.jar": b"missing.jar"}
    sums.write_text("".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in listed.items()))
    jars.verify([good], _only(sums, "good.jar"))
    with pytest.raises(jars.JarsNotTrusted, match=r"3 jars differ .*changed\.jar, further\.jar, missing\.jar"):
        jars.verify([good, changed, further], sums)


def _only(sums: Path, name: str) -> Path:
    path = sums.with_name("only")
    path.write_text("".join(line + "\n" for line in sums.read_text().splitlines() if line.endswith(name)))
    return path


@pytest.mark.kafka
def test_a_broker_starts_again_with_what_it_held(tmp_path: Path) -> None:
    """It is found while it runs, and comes back at the same address."""
    home = State(tmp_path)
    first = broker.start(home)
    assert broker.status(home) == first
    assert broker.start(home) == first
    assert broker.stop(home)
    assert broker.status(home) is None
    second = broker.start(home)
    assert second.bootstrap == first.bootstrap
    assert broker.stop(home)
    assert not broker.stop(home)


@pytest.mark.kafka
def test_a_cluster_id_that_begins_with_a_hyphen_is_no_option(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The storage is formatted whatever the id."""
    monkeypatch.setattr(broker.uuid, "uuid4", lambda: uuid.UUID(bytes=b"\xf8" * 16))
    home = State(tmp_path)
    assert broker.start(home).bootstrap
    assert broker.stop(home)


def test_another_cluster_is_used_and_not_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With NOINHAN_KAFKA set nothing is started or stopped here."""
    monkeypatch.setenv("NOINHAN_KAFKA", "kafka.example:9092")
    assert broker.status(State(tmp_path)) == broker.Broker("kafka.example:9092", None, ours=False)
    assert not broker.stop(State(tmp_path))


@pytest.mark.kafka
async def test_topics_are_created_as_declared_and_only_once(kafka: str) -> None:
    """Partitions, retention and compaction are those of the declarations; a second creation does nothing."""
    assert await create_topics(kafka) == []
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        described = {each["topic"]: each for each in await admin.describe_topics(list(topics()))}
        present = set(await admin.list_topics())
    finally:
        await admin.close()
    for topic in topics().values():
        assert len(described[topic.name]["partitions"]) == topic.partitions
        assert topic.dead_letters in present


async def test_a_cluster_that_is_not_there_is_not_reachable() -> None:
    """Nobody listens: the answer is no, not an exception."""
    (port,) = free_ports(1)
    assert not await reachable(f"127.0.0.1:{port}")


def test_keys_are_made_once_and_for_the_owner_only(tmp_path: Path) -> None:
    """The same keys every time, in a file that others cannot read."""
    home = State(tmp_path / "state")
    keys = home.keys()
    assert home.keys() == keys
    assert {name: len(key) >= 32 for name, key in keys.items()} == {
        "api_key": True,
        "link_key": True,
        "secrets_key": True,
    }
    assert (home.home / "keys.json").stat().st_mode & 0o077 == 0


def test_a_key_that_an_older_version_did_not_know_is_added(tmp_path: Path) -> None:
    """A folder of an older version keeps its keys and gets the one that it lacks."""
    home = State(tmp_path)
    (tmp_path / "keys.json").write_text('{"api_key": "a", "link_key": "b"}')
    keys = home.keys()
    assert (keys["api_key"], keys["link_key"]) == ("a", "b")
    assert Vault([keys["secrets_key"]])
    assert home.keys() == keys


def test_a_pid_that_now_belongs_to_another_is_not_taken_for_ours(tmp_path: Path) -> None:
    """A pid file counts only while that process's command line holds our mark."""
    file = tmp_path / "pid"
    file.write_text(str(os.getpid()))
    assert is_running(file, "a mark that pytest's command line does not hold") is None
    program = "print(flush=True); import time; time.sleep(30)"
    sleeper = subprocess.Popen([sys.executable, "-c", program, "our-mark"], stdout=subprocess.PIPE)
    try:
        assert sleeper.stdout is not None
        sleeper.stdout.readline()
        file.write_text(str(sleeper.pid))
        assert is_running(file, "our-mark") == sleeper.pid
    finally:
        sleeper.kill()
        sleeper.communicate()
    assert is_running(file, "our-mark") is None
    assert is_running(tmp_path / "none", "our-mark") is None


def test_the_container_files_are_valid() -> None:
    """docker-compose.yml follows the specification and names every service; hadolint finds nothing."""
    assert validate.compose_faults((validate.ROOT / "docker-compose.yml").read_text(encoding="utf-8")) == []
    assert validate.dockerfile_faults(validate.ROOT / "deploy" / "Dockerfile") == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("\n  router:", "\n  routr:", "no service 'router'"),
        ("deploy/Dockerfile", "deploy/Dockerfil", "not there"),
        ("      KAFKA_LOG_DIRS: /var/lib/kafka/data\n", "", "not lie in its volume"),
        ("retries: 20", "retries: often", "Compose specification"),
        ("    topics:\n      condition", "    topic:\n      condition", "needs 'topic'"),
    ],
)
def test_a_fault_in_the_compose_file_is_found(old: str, new: str, says: str) -> None:
    """A renamed service, a build file that is gone, a wrong value and an unknown dependency are each told."""
    text = (validate.ROOT / "docker-compose.yml").read_text(encoding="utf-8").replace(old, new)
    assert any(says in fault for fault in validate.compose_faults(text))
