"""What offices that hang cost the others: 90 of 100 webhooks answer, ten never do, each with 200 deliveries.

The value is the rate of the 90; the limit is the rate that they have in the same run without the ten. All assignments
lie in Kafka when the clock starts, also those for the ten. Each is measured six times, in turn, by a notifier of its
own, for the machine swings by more than what is looked for. Nothing is tuned for it.
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
_IN_TURN = (0, _HANGING, _HANGING, 0) * 3
"""How many hang in each run: what drifts meanwhile does so for both alike."""


def measure() -> Result:
    """Deliveries a second to the offices that answer."""
    rates: dict[int, list[float]] = {0: [], _HANGING: []}
    rss_mib = 0.0
    with tempfile.TemporaryDirectory() as folder, only_settings({"NOINHAN_HOME": folder}):
        home = State(Path(folder))
        try:
            bootstrap = broker.start(home).bootstrap
            _measured(bootstrap, Path(folder, "first"), 0)  # the broker is slower than it will be
            for number, hanging in enumerate(_IN_TURN):
                rate, held_mib = _measured(bootstrap, Path(folder, f"run{number}"), hanging)
                rates[hanging].append(rate)
                rss_mib = max(rss_mib, held_mib)
        finally:
            broker.stop(home)
    detail = {
        "endpoints": _OFFICES,
        "hanging": _HANGING,
        "each": _EACH,
        "rss_mib": round(rss_mib),
        "with": [round(each) for each in rates[_HANGING]],
        "without": [round(each) for each in rates[0]],
    }
    value, limit = (round(harmonic_mean(rates[hanging])) for hanging in (_HANGING, 0))
    return Result("isolation", value, "deliveries/s", limit, "the same without hanging ones", detail)


def _measured(bootstrap: str, home: Path, hanging: int) -> tuple[float, float]:
    """The rate at which the offices that answer got all of theirs, and the notifier's resident memory then."""
    answering = [f"vn.{home.name}-{number}" for number in range(_OFFICES - _HANGING)]
    others = [f"vn.{home.name}-hang-{number}" for number in range(hanging)]
    with sink() as base, notifier(bootstrap, home) as (process, url):
        register(url, [_endpoint(base, "take", each) for each in answering])
        register(url, [_endpoint(base, "hang", each) for each in others])
        asyncio.run(publish(bootstrap, outgoing([assignment(f"{home.name}-first", answering[0])])))
        await_counted(base, 1)
        ids = [*others, *answering]
        made = outgoing(assignments(home.name, ids, len(ids) * _EACH))
        process.suspend()
        asyncio.run(publish(bootstrap, made))
        began = time.monotonic()
        process.resume()
        done = await_counted(base, len(answering) * _EACH + 1)
        return len(answering) * _EACH / float(done["last"] - began), process.memory_info().rss / 2**20


def _endpoint(base: str, path: str, office: str) -> dict[str, str]:
    return {"recipient_id": office, "kind": "webhook", "url": f"{base}/{path}/{office}"}
