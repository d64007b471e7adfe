"""`python -m bench NAME …`: measure, print a line each, keep bench/results/NAME.json."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from bench.harness import is_compiled

HERE = Path(__file__).parent
_NOT_MEMBERS = {"__init__", "__main__", "harness", "notices", "notifier", "papers", "processor", "tallies"}
_NOT_MEMBERS |= {"bare", "journal", "sink", "smtp_sink"}


def members() -> list[str]:
    """The measurements there are."""
    return sorted(path.stem for path in HERE.glob("*.py") if path.stem not in _NOT_MEMBERS)


def main(names: list[str]) -> int:
    """Run the named measurements, all where none is named."""
    unknown = set(names) - set(members())
    if unknown:
        print(f"no measurement {', '.join(sorted(unknown))}; there are {', '.join(members())}")
        return 2
    print(f"measured {'compiled' if is_compiled() else 'uncompiled'}, in {HERE.parent}", flush=True)
    for name in names or members():
        result = importlib.import_module(f"bench.{name}").measure()
        result.write()
        print(result.line(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
