"""Topics are created from their declarations, never by accident."""

from __future__ import annotations

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from contracts.topics import Topic, topics
from services.runtime.publish import LARGEST, ROOM

_DAY_MS = 86_400_000
_DEAD_LETTER_DAYS = 90


async def create_topics(bootstrap: str, *, replication: int = 1) -> list[str]:
    """Create what is declared and not there yet, dead letters included; the names that were created.

    Raises KafkaError where the cluster refuses or does not answer.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        present = set(await admin.list_topics())
        missing = [new for new in _declared(replication) if new.name not in present]
        if missing:
            _raise_for(await admin.create_topics(missing))
        return [new.name for new in missing]
    finally:
        await admin.close()


async def reachable(bootstrap: str) -> bool:
    """Whether a broker answers at all."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=2_000)
    try:
        await admin.start()
        await admin.list_topics()
    except (KafkaError, OSError, TimeoutError):
        return False
    finally:
        await admin.close()
    return True


def _declared(replication: int) -> list[NewTopic]:
    declared = []
    for topic in topics().values():
        declared.append(NewTopic(topic.name, topic.partitions, replication, topic_configs=_config(topic)))
        dead = {"retention.ms": str(_DEAD_LETTER_DAYS * _DAY_MS), "max.message.bytes": str(LARGEST + ROOM)}
        declared.append(NewTopic(topic.dead_letters, 1, replication, topic_configs=dead))
    return declared


def _config(topic: Topic) -> dict[str, str]:
    retention = -1 if topic.retention_days is None else topic.retention_days * _DAY_MS
    return {
        "cleanup.policy": "compact" if topic.compacted else "delete",
        "retention.ms": str(retention),
        "max.message.bytes": str(LARGEST),
    }


def _raise_for(answer: object) -> None:
    for name, code, *_ in getattr(answer, "topic_errors", ()):
        error = for_code(code)
        if code and error is not TopicAlreadyExistsError:
            raise error(f"topic {name} could not be created")
