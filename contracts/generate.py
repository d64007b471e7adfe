"""Write what follows from the models: `python -m contracts.generate [--check | --release]`.

Without a flag it writes contracts/generated/. `--check` writes nothing and exits 1 where those files are
stale or the models break a released version. `--release` freezes the current schemas and examples as
the next released version of every topic that changed; released files are never edited.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from contracts import asyncapi, schemas
from contracts.compatibility import breaks, vanished
from contracts.topics import Topic, topics

HERE = Path(__file__).parent
GENERATED = HERE / "generated"
EXAMPLES = HERE / "examples"
RELEASED = HERE / "released"


def files() -> dict[Path, str]:
    """The generated files and their content."""
    made = {GENERATED / f"{topic.name}.schema.json": _text(schemas.published(topic)) for topic in topics().values()}
    made[GENERATED / "asyncapi.json"] = _text(asyncapi.document(version("noinhan")))
    return made


def stale() -> list[Path]:
    """Generated files that do not hold what the models say now, and files that nothing generates any more."""
    made = files()
    wrong = [path for path, text in made.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    return wrong + sorted(set(GENERATED.iterdir()) - set(made))


def incompatible(released: Path = RELEASED) -> list[str]:
    """Where the current models break a released version of their topic, in either direction."""
    gone = sorted({folder.name for folder in released.iterdir()} - topics().keys())
    return [f"{name}: it was released and is declared no more" for name in gone] + [
        found for topic in topics().values() for found in _incompatible(topic, released / topic.name)
    ]


def release() -> list[str]:
    """Freeze the schemas and examples of every topic that changed; which versions were made."""
    made = []
    for topic in topics().values():
        folder = RELEASED / topic.name
        last = _versions(folder)[-1:]
        now = {
            "written.schema.json": _text(schemas.written(topic)),
            "read.schema.json": _text(schemas.read(topic)),
            "declared.json": _text(schemas.declared(topic)),
        }
        if last and all((last[0] / name).read_text(encoding="utf-8") == text for name, text in now.items()):
            continue
        made.append(_freeze(folder / str(len(_versions(folder)) + 1), now, topic))
    return made


def _incompatible(topic: Topic, folder: Path) -> Iterator[str]:
    for version_folder in _versions(folder):
        name = f"{topic.name} release {version_folder.name}"
        old_written, old_read = (_json(version_folder / f"{side}.schema.json") for side in ("written", "read"))
        for broken in breaks(schemas.read(topic), old_written):
            yield f"{name}: the new reader refuses old messages: {broken}"
        for broken in breaks(old_read, schemas.written(topic)):
            yield f"{name}: old readers refuse new messages: {broken}"
        for broken in vanished(old_written, schemas.written(topic)):
            yield f"{name}: readers miss what was written: {broken}"
        was, now = _json(version_folder / "declared.json"), schemas.declared(topic)
        yield from (f"{name}: {word} was {was[word]}, now {now[word]}" for word in was if was[word] != now[word])
        yield from _unreadable(topic, version_folder, name)


def _unreadable(topic: Topic, version_folder: Path, name: str) -> Iterator[str]:
    for example in sorted((version_folder / "examples").glob("*.json")):
        try:
            topic.message.from_bytes(example.read_bytes())
        except ValueError as error:
            yield f"{name}: the released example {example.name} can no longer be read: {error}"


def _versions(folder: Path) -> list[Path]:
    return sorted(folder.iterdir(), key=lambda path: int(path.name)) if folder.exists() else []


def _freeze(folder: Path, texts: dict[str, str], topic: Topic) -> str:
    examples = folder / "examples"
    examples.mkdir(parents=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    for example in (EXAMPLES / topic.name).glob("*.json"):
        (examples / example.name).write_bytes(example.read_bytes())
    return f"{topic.name} release {folder.name}"


def _json(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def _text(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _check() -> int:
    wrong = [f"{path.relative_to(HERE.parent)} is stale: run make contracts" for path in stale()]
    wrong += incompatible()
    print("\n".join(wrong) or "contracts: generated files are current, every released version is kept")
    return 1 if wrong else 0


def main(arguments: list[str]) -> int:
    """The command line of this module."""
    if arguments == ["--check"]:
        return _check()
    if arguments == ["--release"]:
        print("\n".join(release()) or "nothing changed since the last release")
        return 0
    GENERATED.mkdir(exist_ok=True)
    for path in stale():
        path.unlink(missing_ok=True)
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
