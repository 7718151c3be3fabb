"""The public names: complete, sorted, loaded at their first use, and cheap until then."""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import subprocess
import sys
from pathlib import Path

import pytest

import ses_stub

SOURCE = Path(ses_stub.__file__).read_text(encoding="utf-8")

# The names that users rely on.
NAMES = {
    "Call",
    "Clock",
    "Identity",
    "IdentityType",
    "SESStub",
    "SESStubError",
    "SentEmail",
    "SystemClock",
    "UnsupportedOperationError",
    "VerificationEmail",
    "VerificationStatus",
    "VirtualClock",
    "current_stub",
    "mock_ses_verify",
}
HEAVY = ("botocore", "boto3", "freezegun", "responses", "requests", "ses_stub._time.clock")


def for_type_checkers() -> dict[str, str]:
    """Name to module, as the block for type checkers imports them."""
    block = next(node for node in ast.parse(SOURCE).body if isinstance(node, ast.If))
    return {
        alias.asname or alias.name: str(node.module)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def python(code: str) -> str:
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return run.stdout.strip()


def test_all_is_sorted_and_complete() -> None:
    """``__all__`` has exactly the public names, sorted."""
    assert ses_stub.__all__ == sorted(ses_stub.__all__)
    assert set(ses_stub.__all__) >= NAMES
    assert len(ses_stub.__all__) == len(set(ses_stub.__all__))


def test_type_checkers_see_the_same_names() -> None:
    """Type checkers and run time resolve the same names from the same modules."""
    assert for_type_checkers() == ses_stub._HOMES
    assert sorted(for_type_checkers()) == ses_stub.__all__


@pytest.mark.parametrize("name", ses_stub.__all__)
def test_name_resolves_to_its_home(name: str) -> None:
    """A name is the object of the module that it is imported from, at every use."""
    home = importlib.import_module(f"ses_stub.{for_type_checkers()[name]}")
    assert getattr(ses_stub, name) is getattr(home, name)
    assert getattr(ses_stub, name) is getattr(ses_stub, name)


def test_unknown_name_is_an_attribute_error() -> None:
    """An unknown name is an AttributeError, as in any module."""
    with pytest.raises(AttributeError, match=r"module 'ses_stub' has no attribute 'mock_ses'"):
        ses_stub.mock_ses  # type: ignore[attr-defined]  # noqa: B018


def test_version_is_the_installed_one() -> None:
    """``__version__`` is that of the package's metadata."""
    assert ses_stub.__version__ == importlib.metadata.version("ses-stub")


def test_names_are_not_advertised_before_use() -> None:
    """``dir()`` hides unused names: freezegun reads every listed name, and would import everything at each freeze."""
    seen = python("import ses_stub; print(sorted({*dir(ses_stub)} & {*ses_stub.__all__}))")
    assert seen == "[]"


@pytest.mark.parametrize("module", ["ses_stub", "ses_stub.pytest_plugin"])
def test_import_loads_nothing_heavy(module: str) -> None:
    """Importing the package loads neither botocore nor other packages, because pytest does so at every start."""
    code = f"import sys, {module}; print([name for name in {HEAVY!r} if name in sys.modules])"
    assert python(code) == "[]"


def test_star_import_gives_all_names() -> None:
    """``from ses_stub import *`` resolves every name."""
    names: dict[str, object] = {}
    exec("from ses_stub import *", names)
    assert set(ses_stub.__all__) <= set(names)


def test_package_is_typed() -> None:
    """Type checkers read the annotations of the installed package."""
    assert (Path(ses_stub.__file__).parent / "py.typed").exists()


def test_dns_module_needs_no_import_of_its_own() -> None:
    """The module of resolvers needs no separate import."""
    assert ses_stub.__getattr__("dns") is importlib.import_module("ses_stub.dns")
