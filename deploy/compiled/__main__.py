"""`python -m deploy.compiled FOLDER`: a copy of what the image carries, its hot modules compiled.

Nothing is ever compiled in the tree itself, where an extension would hide the source that was edited after it.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from shutil import which

from deploy.compiled import extensions
from deploy.compiled.modules import GROUPS, Group, library_name
from deploy.compiled.tree import IMAGE, ROOT, WHOLE, Built, NotOurs, built, copy, keep

_SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")
CANNOT = 3
"""Exit status where this machine cannot compile; what failed in any other way ends with 1."""


def missing() -> str | None:
    """What this machine needs before it can compile, as a sentence; None where it can."""
    compiler = (sysconfig.get_config_var("CC") or "cc").split()[0]
    if which(compiler) is None:
        return f"there is no C compiler {compiler!r}: install gcc and libc6-dev"
    header = Path(sysconfig.get_path("include"), "Python.h")
    if not header.is_file():
        return f"{header} is missing: install python{sys.version_info.major}.{sys.version_info.minor}-dev"
    for package in ("mypy", "setuptools"):
        try:
            version(package)
        except PackageNotFoundError:
            return f"the package {package} is missing: install requirements-build.lock"
    return None


def digest(group: Group) -> str:
    """What a group's extensions are made of: sources, the way to compile, mypyc and the interpreter."""
    sources = sorted(path for folder in group.sees for path in (ROOT / folder).rglob("*.py"))
    sources += [ROOT / "pyproject.toml", ROOT / "deploy" / "compiled" / "extensions.py"]
    told = hashlib.sha256(f"{version('mypy')} {sys.version} {_SUFFIX} {group.files(ROOT)}".encode())
    for path in sources:
        told.update(f"\0{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return told.hexdigest()


def compile_groups(copy_root: Path, wanted: Built) -> bool:
    """Compile, side by side, the groups whose digests are other than those that the copy was made with."""
    files = {group.name: {copy_root / path for path in compiled_files(group)} for group in GROUPS}
    there = set(copy_root.rglob(f"*{_SUFFIX}"))
    now = {name: made_of for name, made_of in built(copy_root).items() if wanted.get(name) == made_of}
    now = {name: made_of for name, made_of in now.items() if files[name] <= there}
    keep(copy_root, now)
    for path in there.difference(*(files[name] for name in now)):
        path.unlink()
    command, settings = [sys.executable, "-m", extensions.__name__], str(ROOT / "pyproject.toml")
    running = {name: subprocess.Popen([*command, name, settings], cwd=copy_root) for name in wanted if name not in now}
    now |= {name: wanted[name] for name, process in running.items() if process.wait() == 0}
    keep(copy_root, now)
    return now == wanted


def compiled_files(group: Group) -> Iterator[str]:
    """What a group becomes, as paths from the root: its library, and a small extension for each module."""
    yield f"{library_name(group.name)}__mypyc{_SUFFIX}"
    for file in group.files(ROOT):
        yield file.removesuffix(".py") + _SUFFIX


def main(arguments: list[str]) -> int:
    """Copy and compile: 0 where the copy is compiled, 3 where this machine cannot, 1 where it failed."""
    parser = argparse.ArgumentParser(prog="python -m deploy.compiled", description=__doc__)
    parser.add_argument("folder", type=Path, help="where to make the copy")
    parser.add_argument("--whole", action="store_true", help="with what measuring and testing need")
    asked = parser.parse_args(arguments)
    if why := missing():
        print(f"not compiled: {why}")
        return CANNOT
    began = time.monotonic()
    wanted = {group.name: digest(group) for group in GROUPS}  # before the copy: what changes meanwhile is built anew
    try:
        copy(WHOLE if asked.whole else IMAGE, asked.folder)
    except NotOurs as error:
        print(f"not compiled: {error}")
        return 1
    if not compile_groups(asked.folder, wanted):
        print("not compiled: see above")
        return 1
    count = sum(len(group.files(asked.folder)) for group in GROUPS)
    print(f"compiled: {count} modules in {asked.folder}, in {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
