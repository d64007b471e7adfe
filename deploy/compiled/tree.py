"""The copy: the same files as the tree, brought up to date file by file, with what was compiled beside them."""

from __future__ import annotations

import filecmp
import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
IMAGE: Final = ("contracts", "services", "cli", "deploy")
WHOLE: Final = (*IMAGE, "bench", "demo", "docs", "samples", "tests", "pyproject.toml", "docker-compose.yml")
"""What the image carries, and what measuring and testing need besides."""
_BUILT: Final = ".built.json"
_PASSED_OVER: Final = {"__pycache__", "results", ".hypothesis"}

Built = dict[str, str]
"""For each group that is compiled in a copy, the digest of what it was compiled from."""


class NotOurs(Exception):
    """The folder holds something that was not made here: nothing in it is touched."""


def copy(names: Iterable[str], copy_root: Path) -> None:
    """Make `copy_root` hold these files and folders of the tree, and no other source. Raises NotOurs."""
    if copy_root.resolve() in {ROOT, *ROOT.parents}:
        raise NotOurs(f"{copy_root} holds the sources themselves")
    if copy_root.is_dir() and any(copy_root.iterdir()) and not (copy_root / _BUILT).is_file():
        raise NotOurs(f"{copy_root} is not empty, and was not made here")
    copy_root.mkdir(parents=True, exist_ok=True)
    if not (copy_root / _BUILT).exists():
        keep(copy_root, {})
    wanted = {path.relative_to(ROOT) for name in names for path in _files(ROOT / name)}
    for old in [path for name in WHOLE for path in _files(copy_root / name)]:
        if old.suffix != ".so" and old.relative_to(copy_root) not in wanted:
            old.unlink()
    for path in wanted:
        target = copy_root / path
        if not target.is_file() or not filecmp.cmp(ROOT / path, target):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / path, target)


def built(copy_root: Path) -> Built:
    """What is compiled in a copy."""
    found: Built = json.loads((copy_root / _BUILT).read_text(encoding="utf-8"))
    return found


def keep(copy_root: Path, now: Built) -> None:
    """Write down what is compiled in a copy."""
    (copy_root / _BUILT).write_text(json.dumps(now, indent=1) + "\n", encoding="utf-8")


def _files(root: Path) -> list[Path]:
    if root.is_file():
        return [root]
    found = (path for path in root.rglob("*") if path.is_file())
    return [path for path in found if _PASSED_OVER.isdisjoint(path.relative_to(root).parts)]
