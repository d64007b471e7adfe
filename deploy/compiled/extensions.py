"""Compile one group in the folder that this runs in: `python -m deploy.compiled.extensions GROUP MYPY_SETTINGS`."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from deploy.compiled.modules import GROUPS, library_name


def main(name: str, settings: str) -> None:
    """Write each module's extension beside its source. Ends the process where mypy or the compiler objects."""
    from mypyc.build import mypycify
    from setuptools import Distribution

    group = next(each for each in GROUPS if each.name == name)
    with tempfile.TemporaryDirectory() as work:
        extensions = mypycify(
            ["--config-file", settings, "--cache-dir", os.devnull, *group.files(Path.cwd())],
            opt_level="3",
            debug_level="0",
            multi_file=True,
            group_name=library_name(name),
            target_dir=f"{work}/c",
        )
        distribution = Distribution({"name": library_name(name), "ext_modules": extensions})
        command = distribution.get_command_obj("build_ext")
        command.inplace = True
        command.build_temp, command.build_lib = f"{work}/objects", f"{work}/extensions"
        command.ensure_finalized()
        command.run()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
