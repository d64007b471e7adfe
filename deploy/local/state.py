"""The state folder (NOINHAN_HOME): where what runs on this machine keeps its files."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class State:
    """Paths below one state folder."""

    home: Path

    @property
    def broker(self) -> Path:
        """The broker's data, configuration, log and pid."""
        return self.home / "broker"

    @property
    def run(self) -> Path:
        """Pids and ports of what runs."""
        return self.home / "run"

    @property
    def logs(self) -> Path:
        """One log a service."""
        return self.home / "logs"

    def keys(self) -> dict[str, str]:
        """The API key and the link key of this folder, made on first use, readable by the owner only."""
        path = self.home / "keys.json"
        if not path.exists():
            self.home.mkdir(parents=True, exist_ok=True)
            made = {"api_key": secrets.token_urlsafe(32), "link_key": secrets.token_urlsafe(32)}
            path.touch(mode=0o600)
            path.write_text(json.dumps(made), encoding="ascii")
        keys: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        return keys


def state() -> State:
    """The state folder named by NOINHAN_HOME, `.noinhan` below the working folder by default."""
    return State(Path(os.environ.get("NOINHAN_HOME", ".noinhan")).resolve())
