"""One harness for every measurement: a line on the screen and a file in bench/results/, value beside limit."""

from __future__ import annotations

import importlib.util
import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import Any

RESULTS = Path(os.environ.get("BENCH_RESULTS", Path(__file__).parent / "results"))


def is_compiled() -> bool:
    """Whether this runs in a copy whose hot modules are compiled (ADR 24)."""
    reader = importlib.util.find_spec("services.ingest.reading.read")
    return reader is not None and reader.origin is not None and not reader.origin.endswith(".py")


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "python": platform.python_version(),
        "compiled": is_compiled(),
        "system": f"{platform.system()} {platform.machine()}",
    }


@dataclass(frozen=True)
class Result:
    """One figure. `limit` was measured in the same run; `ratio` is value over limit."""

    name: str
    value: float
    unit: str
    limit: float
    limit_name: str
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        """Value over limit."""
        return round(self.value / self.limit, 3)

    def line(self) -> str:
        """The figure in one line."""
        detail = ", ".join(f"{name} {value}" for name, value in self.detail.items())
        return (
            f"{self.name}: {self.value:g} {self.unit}; {self.limit_name}: {self.limit:g} {self.unit}; "
            f"ratio {self.ratio:g} ({detail})"
        )

    def write(self) -> None:
        """Keep the figure as bench/results/NAME.json."""
        RESULTS.mkdir(parents=True, exist_ok=True)
        told = {**asdict(self), "ratio": self.ratio, "machine": machine()}
        text = json.dumps(told, ensure_ascii=False, indent=1) + "\n"
        (RESULTS / f"{self.name}.json").write_text(text, encoding="utf-8")


def percentiles(values: Sequence[float]) -> tuple[float, float, float]:
    """The 50th, 95th and 99th percentile."""
    cuts = quantiles(values, n=100, method="inclusive")
    return cuts[49], cuts[94], cuts[98]
