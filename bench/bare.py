"""The steps of a delivery's way without us, one at a time: what a latency is held against."""

from __future__ import annotations

import http.client
import time
from urllib.parse import urlsplit

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from contracts.topics import topics

_ROUNDS = 200
_KILOBYTE = b"x" * 1_000


async def hops(bootstrap: str) -> list[float]:
    """Milliseconds from handing a record to the broker until a consumer has it, one by one."""
    topic = topics()["directory.entries.v1"].name
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap)
    await producer.start()
    await consumer.start()
    taken = []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        await producer.send_and_wait(topic, _KILOBYTE, key=b"k")
        await consumer.getone()
        taken.append((time.perf_counter() - began) * 1_000)
    await consumer.stop()
    await producer.stop()
    return taken


def posts(url: str) -> list[float]:
    """Milliseconds of a POST on a kept connection, one by one."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc)
    taken = []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        connection.request("POST", parts.path, body=_KILOBYTE)
        connection.getresponse().read()
        taken.append((time.perf_counter() - began) * 1_000)
    connection.close()
    return taken
