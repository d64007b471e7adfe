"""Every rule of delivery, and every trap, has a test that runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.notifier.delivery_rules import LEDGER, MAIL, RULES, TRAPS, WEBHOOKS

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def collected() -> set[str]:
    """What pytest would run of the modules that are named, without parameters."""
    modules = {each.partition("::")[0] for tests in RULES.values() for each in tests}
    files = sorted(str(path) for each in modules if (path := ROOT / "tests" / f"{each}.py").is_file())
    asked = [sys.executable, "-m", "pytest", "--collect-only", "-p", "no:cacheprovider", *files]
    told = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr
    lines = (line.partition("[")[0] for line in told.stdout.splitlines() if "::" in line)
    return {line.removeprefix("tests/").replace(".py::", "::") for line in lines}


def test_what_proves_a_rule_is_run(collected: set[str]) -> None:
    """Whoever renames or drops a test is told which rule stands alone then."""
    lost = {rule: gone for rule, tests in RULES.items() if (gone := set(tests) - collected)}
    assert lost == {}


def test_no_rule_stands_alone() -> None:
    """Each has a test, and no two have the same name."""
    assert all(RULES.values())
    assert len(RULES) == sum(map(len, (WEBHOOKS, MAIL, LEDGER, TRAPS)))
