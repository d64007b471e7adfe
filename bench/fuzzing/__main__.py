"""`python -m bench.fuzzing [SEED …]`: damage and read documents for FUZZ_SECONDS, or those of some seeds once.

A document of which something does not hold is kept in bench/results/fuzz/ under its seed; exit status 1 then.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from itertools import count

from bench.fuzzing.recipes import drawn, made
from bench.fuzzing.watch import Watch
from bench.harness import RESULTS

_KEPT = RESULTS / "fuzz"
_MOST_FAILURES = 20
_TELL_EVERY_S = 60


def seeds(seconds: float) -> Iterator[int]:
    """New seeds until the time is up, others in every run. FUZZ_SEED: where to begin instead."""
    first = int(os.environ.get("FUZZ_SEED", time.time_ns() // 1_000_000 % 10**9 * 1_000))
    began = told = time.monotonic()
    for seed in count(first):
        now = time.monotonic()
        if now - began > seconds:
            return
        if now - told > _TELL_EVERY_S:
            print(f"{now - began:.0f} s: seed {seed}", flush=True)
            told = now
        yield seed


def main(named: list[str]) -> int:
    """Run; 1 where something did not hold."""
    chosen = map(int, named) if named else seeds(float(os.environ.get("FUZZ_SECONDS", "600")))
    failures = 0
    with Watch() as watch:
        for seed in chosen:
            content = made(drawn(seed))
            if broken := watch.broken(content, f"{seed}.txt", seed):
                failures += 1
                _keep(seed, content, broken)
            if failures == _MOST_FAILURES:
                break
    print(f"{watch.line()}; {failures} failed", flush=True)
    return 1 if failures else 0


def _keep(seed: int, content: bytes, broken: tuple[str, ...]) -> None:
    _KEPT.mkdir(parents=True, exist_ok=True)
    (_KEPT / f"{seed}.bin").write_bytes(content)
    told = "\n".join((*broken, repr(drawn(seed)), f"again: python -m bench.fuzzing {seed}"))
    (_KEPT / f"{seed}.why").write_text(f"{told}\n", encoding="utf-8")
    print(f"seed {seed}: {'; '.join(broken)}"[:500], flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
