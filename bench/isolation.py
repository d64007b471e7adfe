"""What offices that hang cost the others: 90 of 100 webhooks answer, ten never do, each with 200 deliveries.

The value is the rate of the 90; the limit is the rate that they have in the same run without the ten. Each is measured
twice, in turn. Nothing is tuned for it.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from statistics import harmonic_mean

from bench.harness import Result
from bench.notifier import assignment, assignments, await_counted, notifier, outgoing, publish, register, sink
from demo.stage import only_settings
from deploy.local import broker
from deploy.local.state import State

_OFFICES = 100
_HANGING = 10
_EACH = 200


def measure() -> Result:
    """Deliveries a second to the offices that answer."""
    with tempfile.TemporaryDirectory() as folder, only_settings({"NOINHAN_HOME": folder}):
        home = State(Path(folder))
        try:
            bootstrap = broker.start(home).bootstrap
            rates: dict[int, list[float]] = {0: [], _HANGING: []}
            for name, hanging in (("without", 0), ("with", _HANGING), ("with2", _HANGING), ("without2", 0)):
                with sink() as base:
                    rates[hanging].append(_run(bootstrap, base, Path(folder, name), hanging))
        finally:
            broker.stop(home)
    detail = {
        "endpoints": _OFFICES,
        "hanging": _HANGING,
        "each": _EACH,
        "with": [round(each) for each in rates[_HANGING]],
        "without": [round(each) for each in rates[0]],
    }
    value, limit = (round(harmonic_mean(rates[hanging])) for hanging in (_HANGING, 0))
    return Result("isolation", value, "deliveries/s", limit, "the same without hanging ones", detail)


def _run(bootstrap: str, base: str, home: Path, hanging: int) -> float:
    """The rate at which the offices that answer got all of theirs, from the first assignment on."""
    answering = [f"vn.{home.name}-{number}" for number in range(_OFFICES - _HANGING)]
    others = [f"vn.{home.name}-hang-{number}" for number in range(hanging)]
    with notifier(bootstrap, home) as (_, url):
        register(url, [_endpoint(base, "take", each) for each in answering])
        register(url, [_endpoint(base, "hang", each) for each in others])
        asyncio.run(publish(bootstrap, outgoing([assignment(f"{home.name}-first", answering[0])])))
        await_counted(base, 1)
        ids = [*others, *answering]
        made = outgoing(assignments(home.name, ids, len(ids) * _EACH))
        began = time.monotonic()
        asyncio.run(publish(bootstrap, made))
        done = await_counted(base, len(answering) * _EACH + 1)
    return len(answering) * _EACH / float(done["last"] - began)


def _endpoint(base: str, path: str, office: str) -> dict[str, str]:
    return {"recipient_id": office, "kind": "webhook", "url": f"{base}/{path}/{office}"}
