"""The compiled copy: how it is made, and that what runs there is what was compiled."""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path

import pytest

from bench.harness import is_compiled
from deploy.compiled import __main__ as compiled
from deploy.compiled import tree
from deploy.compiled.modules import GROUPS, Group
from deploy.compiled.tree import ROOT, NotOurs

FILES = [file for group in GROUPS for file in group.files(ROOT)]
GROUP = Group("words", take=("words/*.py",), sees=("words",))


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small tree in the place of ours."""
    root = tmp_path / "sources"
    (root / "words").mkdir(parents=True)
    (root / "words" / "one.py").write_text("ONE = 1\n")
    (root / "deploy" / "compiled").mkdir(parents=True)
    for name in ("pyproject.toml", "deploy/compiled/extensions.py"):
        (root / name).touch()
    for module in (tree, compiled):
        monkeypatch.setattr(module, "ROOT", root)
    monkeypatch.setattr(tree, "WHOLE", ("words",))
    return root


@pytest.mark.parametrize("file", FILES)
def test_a_compiled_module_runs_in_the_copy(file: str) -> None:
    """In the copy every listed module is loaded from its extension; in the tree none is."""
    spec = importlib.util.find_spec(file.removesuffix(".py").replace("/", "."))
    assert spec is not None
    assert spec.origin is not None
    assert spec.origin.endswith(".py") != is_compiled()


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
def test_what_is_listed_is_there(group: Group) -> None:
    """Each pattern fits a file; a file that is named as left out, with a reason, is one that would be taken."""
    assert all(list(ROOT.glob(pattern)) for pattern in group.take)
    everything = Group(group.name, group.take, group.sees).files(ROOT)
    assert set(group.leave) <= set(everything)
    assert all(group.leave.values())


@pytest.mark.parametrize("file", FILES)
def test_a_name_holds_errors_of_one_type(file: str) -> None:
    """Mypyc gives a name one type in a function: a second error under the same name would raise TypeError."""
    for function in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            held: dict[str, str] = {}
            for each in ast.walk(function):
                if isinstance(each, ast.ExceptHandler) and each.name and each.type:
                    kinds = ast.unparse(each.type)
                    assert held.setdefault(each.name, kinds) == kinds, f"{function.name}: {each.name}"


def test_the_copy_follows_the_tree(sources: Path, tmp_path: Path) -> None:
    """Changed files are copied anew, removed ones go."""
    copied = tmp_path / "copy"
    tree.copy(["words"], copied)
    (sources / "words" / "two.py").write_text("TWO = 2\n")
    (sources / "words" / "one.py").unlink()
    tree.copy(["words"], copied)
    assert [path.name for path in (copied / "words").iterdir()] == ["two.py"]


def test_a_folder_that_was_not_made_here_is_left_alone(sources: Path, tmp_path: Path) -> None:
    """Neither the tree itself nor a folder of somebody else's is written to."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "letter.txt").touch()
    for folder in (other, sources, tmp_path):
        with pytest.raises(NotOurs):
            tree.copy(["words"], folder)
    assert [path.name for path in other.iterdir()] == ["letter.txt"]


def test_a_group_is_built_anew_where_a_source_changed(sources: Path) -> None:
    """Its digest follows what it is compiled from, and nothing else."""
    first = compiled.digest(GROUP)
    (sources / "words" / "notes.txt").touch()
    assert compiled.digest(GROUP) == first
    (sources / "words" / "one.py").write_text("ONE = 2\n")
    assert compiled.digest(GROUP) != first


def test_without_a_compiler_nothing_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says what to install and ends with a status of its own, so that the tree can be used as it is."""
    monkeypatch.setattr(compiled, "which", lambda _: None)
    assert compiled.main([str(tmp_path / "copy")]) == compiled.CANNOT
    assert "install gcc" in capsys.readouterr().out
    assert not (tmp_path / "copy").exists()
