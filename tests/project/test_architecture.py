"""Rules of the architecture that import-linter can't check.

They are: who imports which outside package, what is loaded at the start, who reads the time, and that nobody
sleeps. The layers themselves are in pyproject.toml, ``[tool.importlinter]``.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from pages import ROOT, text_of

TESTS = Path(__file__).parents[1]
PACKAGE = TESTS.parent / "ses_stub"
SOURCES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts): path.read_text(encoding="utf-8")
    for path in PACKAGE.rglob("*.py")
}

#: The modules or folders that import each outside package.
OUTSIDE: dict[str, set[str]] = {
    # The codecs read its service models; everything else that we rely on in botocore is in `_intercept`.
    "botocore": {"_intercept", "_wire", "pytest_plugin"},
    "aiobotocore": {"_intercept.aiobotocore"},
    "requests": {"_intercept.requests"},
    "responses": {"_intercept.requests"},
    "boto3": {"dns", "pytest_plugin"},
    "dns": {"dns"},  # dnspython
    "freezegun": {"_time.freeze"},
    "pytest": {"pytest_plugin"},
    "waitress": {"_server.http"},
    "werkzeug": {"_server"},
    "jinja2": {"_server.page"},
    "msgspec": {"_server"},
    "moto": set(),
    "time_machine": set(),
}

#: What docs/architecture.md names: files, folders or patterns.
PATHS = sorted(set(re.findall(r"`((?:ses_stub|tests)/[^\s`]+)", text_of("docs/architecture.md"))))


@cache
def parse(source: str) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse(source)


@cache
def imports(source: str, *, at_start: bool = False) -> list[str]:
    """The imports of a module at run time, with a dot before ours; ``at_start`` omits those in functions."""
    waiting: list[ast.AST] = [parse(source)]
    found: list[str] = []
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append("." * node.level + (node.module or ""))
        elif at_start and isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        is_for_types = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        waiting += [] if is_for_types else ast.iter_child_nodes(node)
    return found


def uses(source: str, module: str, *names: str) -> bool:
    """Whether a module uses one of the names of another, as an attribute or imported from there."""
    if not any(name in source for name in names):
        return False
    found: set[tuple[str | None, str]] = set()
    for node in ast.walk(parse(source)):
        if isinstance(node, ast.Attribute):
            found.add((ast.unparse(node.value), node.attr))
        elif isinstance(node, ast.ImportFrom):
            found |= {(node.module, alias.name) for alias in node.names}
    return any((module, name) in found for name in names)


def users(module: str, *names: str) -> set[str]:
    """The modules of the package that use one of the names."""
    return {name for name, source in SOURCES.items() if uses(source, module, *names)}


@pytest.mark.parametrize("path", PATHS)
def test_path_in_the_architecture_page_exists(path: str) -> None:
    """The page names only files and folders that exist."""
    assert list(ROOT.glob(path)), path


@pytest.mark.parametrize("package", OUTSIDE)
def test_outside_package_is_imported_in_its_places_only(package: str) -> None:
    """Each outside package is imported only in its listed modules or folders, and in all of them."""
    importers = {name for name, source in SOURCES.items() if package in {one.split(".")[0] for one in imports(source)}}
    places = {
        name: next((place for place in OUTSIDE[package] if f"{name}.".startswith(f"{place}.")), None)
        for name in importers
    }
    assert [name for name, place in places.items() if place is None] == []
    assert set(places.values()) == OUTSIDE[package]


def test_codecs_read_only_the_service_model_of_botocore() -> None:
    """The codecs use botocore's data, and no part of its clients."""
    codecs = [source for name, source in SOURCES.items() if name.startswith("_wire.")]
    taken = {name for source in codecs for name in imports(source) if name.startswith("botocore")}
    assert taken == {"botocore", "botocore.model"}


def test_plugin_imports_nothing_heavy_at_the_start() -> None:
    """The plugin imports nothing heavy at the start, because every run of pytest loads it."""
    top = set(imports(SOURCES["pytest_plugin"], at_start=True))
    assert top == {"__future__", "collections.abc", "typing", "pytest"}


def test_only_the_clock_reads_the_time() -> None:
    """Only the clock reads the time; everywhere else it is an argument."""
    assert users("time", "time", "time_ns", "monotonic", "monotonic_ns", "perf_counter") == {
        "_time.clock",
        "_time.running_clock",
    }
    assert users("datetime", "now", "utcnow", "today") == set()
    assert users("date", "today") == set()


def test_neither_package_nor_tests_sleep() -> None:
    """A test that waits is slow, and fails by chance."""
    # The one that gives the application's sleeps another function.
    assert users("time", "sleep") == {"_time.sleeps"}
    # Benchmarks measure real time, the probe in conformance/ spaces its calls to AWS, and time/ is about sleeps, as are
    # the loops of applications in loops.py.
    really = {"benchmarks", "conformance", "time"}
    tests = [path for path in TESTS.rglob("*.py") if path.parent.name not in really and path.name != "loops.py"]
    assert [path.name for path in tests if uses(path.read_text(encoding="utf-8"), "time", "sleep")] == []


@pytest.mark.parametrize("source", ["import time\ntime.sleep(1)", "from time import sleep"])
def test_use_is_found_as_attribute_and_as_import(source: str) -> None:
    """`uses` knows both ways of writing it."""
    assert uses(source, "time", "sleep")


def test_import_is_found_in_every_form() -> None:
    """`imports` leaves out those for type checkers, and on request those in functions."""
    source = (
        "from . import a\n"
        "from .._b.c import D\n"
        "try:\n    import responses.matchers\nexcept ImportError:\n    pass\n"
        "if TYPE_CHECKING:\n    from ._types import T\n"
        "def f():\n    from freezegun import freeze_time\n"
    )
    assert set(imports(source, at_start=True)) == {".", ".._b.c", "responses.matchers"}
    assert set(imports(source)) == {".", ".._b.c", "responses.matchers", "freezegun"}
