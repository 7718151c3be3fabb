"""A library that is imported while a stub is active is patched too, and no import hook stays behind."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
import zipfile
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, module_from_spec
from pathlib import Path
from types import SimpleNamespace

import pytest

from ses_stub._intercept.import_hooks import PostImportHooks

LATE = """
import sys
from ses_stub import mock_ses_verify
with mock_ses_verify(region="us-east-1", identities=["example.com"]) as ses:
    assert "requests" not in sys.modules
    import requests
    answer = requests.get("https://email.us-east-1.amazonaws.com/?Action=ListIdentities&Version=2010-12-01")
    print("example.com" in answer.text, len(ses.calls))
print(requests.Session.get_adapter.__qualname__)
"""


def test_requests_imported_in_a_scope() -> None:
    """A library that is imported in a scope is intercepted there: here requests."""
    run = subprocess.run([sys.executable, "-c", LATE], capture_output=True, text=True, check=True)
    assert run.stdout.split("\n") == ["True 1", "Session.get_adapter", ""]


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a module that is not imported yet."""
    (tmp_path / "newcomer.py").write_text("value = 1\n\ndef function(): return 2\n")
    (tmp_path / "broken.py").write_text("1 / 0\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "newcomer", raising=False)
    return "newcomer"


def test_hook_runs_after_the_module(module: str) -> None:
    """The hook runs once, after the module was executed."""
    seen = []
    hooks = PostImportHooks({module: lambda: seen.append(sys.modules[module].value)})
    before = list(sys.meta_path)
    hooks.start()
    importlib.import_module(module)
    importlib.import_module(module)
    hooks.stop()
    assert (seen, list(sys.meta_path)) == ([1], before)


def test_hook_runs_for_an_imported_module(module: str) -> None:
    """The hook of an imported module runs at each start; starting or stopping twice is harmless."""
    importlib.import_module(module)
    seen: list[str] = []
    hooks, before = PostImportHooks({module: lambda: seen.append(module)}), list(sys.meta_path)
    hooks.start()
    hooks.start()
    hooks.stop()
    hooks.stop()
    assert (seen, list(sys.meta_path)) == ([module, module], before)


def test_loader_is_its_own(module: str) -> None:
    """The module keeps its loader: its source can be read, and it can be reloaded."""
    seen: list[str] = []
    hooks = PostImportHooks({module: lambda: seen.append(module)})
    hooks.start()
    imported = importlib.import_module(module)
    assert "exec_module" not in vars(imported.__loader__)
    assert "return 2" in inspect.getsource(imported.function)
    importlib.reload(imported)
    hooks.stop()
    assert seen == [module, module]


def test_module_that_fails(module: str) -> None:
    """A module that fails to import fails as usual, and no hook runs."""
    seen: list[str] = []
    before = list(sys.meta_path)
    hooks = PostImportHooks({"broken": lambda: seen.append("broken"), "nowhere_at_all": lambda: seen.append("nowhere")})
    hooks.start()
    with pytest.raises(ZeroDivisionError):
        importlib.import_module("broken")
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("nowhere_at_all")
    hooks.stop()
    assert (seen, list(sys.meta_path)) == ([], before)
    assert "broken" not in sys.modules


def test_found_but_run_later(module: str) -> None:
    """No hook runs for a module that is only found, or executed after stop()."""
    seen: list[str] = []
    hooks = PostImportHooks({module: lambda: seen.append(module)})
    hooks.start()
    spec = find_spec(module)
    hooks.stop()
    assert spec is not None
    assert spec.loader is not None
    found = module_from_spec(spec)
    spec.loader.exec_module(found)
    assert (found.value, seen, "exec_module" in vars(spec.loader)) == (1, [], False)


def test_import_hook_works_for_zip_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A zip file has one loader for all its modules; the hook runs after the right one."""
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as file:
        file.writestr("zipped.py", "")
        file.writestr("zipped_too.py", "")
    monkeypatch.syspath_prepend(tmp_path / "all.zip")
    for name in ("zipped", "zipped_too"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    there: list[bool] = []
    hooks = PostImportHooks({"zipped": lambda: there.append("zipped" in sys.modules)})
    hooks.start()
    for _ in range(2):
        assert find_spec("zipped") is not None
    importlib.import_module("zipped_too")
    assert there == []
    importlib.import_module("zipped")
    hooks.stop()
    assert set(there) == {True}


def test_other_import_finders_still_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """The user's own finders work as before, also with a loader of the old kind."""
    spec = ModuleSpec("from_a_finder", loader := OldLoader())  # type: ignore[arg-type]
    finder = SimpleNamespace(find_spec=lambda name, *_: spec if name == spec.name else None)
    monkeypatch.setattr(sys, "meta_path", [object(), finder, *sys.meta_path])
    hooks = PostImportHooks({spec.name: lambda: None})
    hooks.start()
    assert find_spec(spec.name) is spec
    assert vars(loader) == {}
    hooks.stop()


class OldLoader:
    """Has no ``exec_module``."""
