"""The state folder (NOINHAN_HOME): where what runs on this machine keeps its files."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_KEYS = ("api_key", "link_key", "secrets_key")


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
        """The keys of this folder (for the API, links and secrets), made on first use, readable by the owner only."""
        path = self.home / "keys.json"
        with self.locked("keys.lock"):
            keys: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
            missing = [name for name in _KEYS if name not in keys]
            if missing:
                keys |= {name: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode() for name in missing}
                write_whole(path, json.dumps(keys))
        return keys

    @contextmanager
    def locked(self, name: str = "lock") -> Iterator[None]:
        """Hold a lock of this folder; others wait for it. A process that dies lets go of it. Not reentrant."""
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.home / name).open("w", encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def write_whole(path: Path, text: str) -> None:
    """Write a file for the owner only; whoever reads it finds the old content or the new one, never half of it."""
    number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(number, "w", encoding="ascii") as file:
            file.write(text)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def state() -> State:
    """The state folder named by NOINHAN_HOME, `.noinhan` below the working folder by default."""
    return State(Path(os.environ.get("NOINHAN_HOME", ".noinhan")).resolve())
