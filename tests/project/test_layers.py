"""The house: imports go down the floors only, and each outside matter has one door.

Imports within functions are for start-up time and cycles that the decorator makes; they are bound only where a
rule says so. Imports for type checkers bind nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "ses_stub"

MODULES = sorted(PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    """A module as it is named below: ``_server.page.views``."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


def is_for_types(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def imports(path: Path, *, in_functions: bool) -> Iterator[str]:
    """What a module imports when it runs: ``_clock`` for one of ours, ``botocore.session`` for another's."""
    waiting: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                yield from (
                    "." * node.level + ".".join(filter(None, (node.module, alias.name))) for alias in node.names
                )
            else:
                yield str(node.module)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)) and not in_functions:
            continue
        waiting += (child for child in ast.iter_child_nodes(node) if not is_for_types(child))


def importers(root: str) -> set[str]:
    """The modules that import a package or anything in it, at any time."""
    return {
        name_of(path)
        for path in MODULES
        if any(name.split(".")[0] == root for name in imports(path, in_functions=True))
    }


def uses(source: str, module: str, *names: str) -> bool:
    """Whether a text uses one of the names of a module, as an attribute or imported from there."""
    nodes = list(ast.walk(ast.parse(source)))
    attributes = {(ast.unparse(node.value), node.attr) for node in nodes if isinstance(node, ast.Attribute)}
    froms = [node for node in nodes if isinstance(node, ast.ImportFrom)]
    imported = {(node.module, alias.name) for node in froms for alias in node.names}
    return any((module, name) in attributes | imported for name in names)


def users(module: str, *names: str) -> set[str]:
    """The modules that use one of the names."""
    return {name_of(path) for path in MODULES if uses(path.read_text(encoding="utf-8"), module, *names)}


def test_imports_of_every_form_are_seen(tmp_path: Path) -> None:
    """The reading above finds imports of every form, and leaves out those for types and in functions."""
    module = tmp_path / "module.py"
    module.write_text(
        "from . import _scope, _stub\n"
        "from ._world import World\n"
        "import botocore.session\n"
        "try:\n    import responses\nexcept ImportError:\n    pass\n"
        "if TYPE_CHECKING:\n    from ._types import T\n"
        "def f():\n    from freezegun import freeze_time\n"
    )
    at_once = {"._scope", "._stub", "._world.World", "botocore.session", "responses"}
    assert set(imports(module, in_functions=False)) == at_once
    assert set(imports(module, in_functions=True)) == {*at_once, "freezegun"}


@pytest.mark.parametrize(
    ("package", "modules"),
    [
        # The service model is botocore's public data; all else of botocore passes the seam.
        (
            "botocore",
            {
                "_intercept.attach",
                "_intercept.interceptor",
                "_wire.query",
                "_wire.rest_json",
                "_pytest.client_pool",
                "pytest_plugin",
            },
        ),
        ("aiobotocore", {"_intercept.aiobotocore"}),
        ("requests", {"_intercept.requests"}),
        ("responses", {"_intercept.requests"}),
        ("boto3", {"dns", "_pytest.client_pool"}),
        # dnspython.
        ("dns", {"dns"}),
        ("freezegun", {"_api.scope"}),
        ("pytest", {"pytest_plugin"}),
        # The server's.
        ("waitress", {"_server.http"}),
        ("werkzeug", {"_server.control.routes", "_server.page.views", "_server.app"}),
        ("jinja2", {"_server.page.views"}),
        (
            "msgspec",
            {"_server.control.routes", "_server.control.handlers", "_server.control.schemas", "_server.state_document"},
        ),
        ("moto", set()),
        ("time_machine", set()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_outside_packages_have_their_doors(package: str, modules: set[str]) -> None:
    """Only these modules import the package."""
    assert importers(package) == modules


@pytest.mark.parametrize("codec", ["_wire.query", "_wire.rest_json"])
def test_codecs_read_only_the_service_model(codec: str) -> None:
    """Of botocore, a codec takes its data and nothing of how clients work."""
    taken = {
        name
        for name in imports(PACKAGE.joinpath(*codec.split(".")).with_suffix(".py"), in_functions=True)
        if name.startswith("botocore")
    }
    assert taken == {"botocore.loaders", "botocore.model"}


def test_plugin_imports_nothing_heavy_at_the_top() -> None:
    """The plugin's own imports are the standard library's and pytest."""
    top = set(imports(PACKAGE / "pytest_plugin.py", in_functions=False))
    assert top == {"__future__", "collections.abc", "typing", "pytest"}


def test_only_the_clock_reads_the_time() -> None:
    """Time is an argument everywhere else, and nobody asks the datetime module for it."""
    assert users("time", "time", "time_ns", "monotonic", "monotonic_ns", "perf_counter") == {"_time.clock"}
    assert users("datetime", "now", "utcnow", "today") == set()
    assert users("date", "today") == set()


def test_nobody_sleeps() -> None:
    """Not the package, and not a test: one that waits is slow and fails by chance."""
    assert users("time", "sleep") == set()
    # Benchmarks measure real time, and the probe in conformance/ keeps its calls to AWS apart.
    apart = {"benchmarks", "conformance"}
    tests = [path for path in Path(__file__).parents[1].rglob("*.py") if path.parent.name not in apart]
    assert [path.name for path in tests if uses(path.read_text(encoding="utf-8"), "time", "sleep")] == []


@pytest.mark.parametrize("source", ["import time\ntime.sleep(1)", "from time import sleep"])
def test_a_sleep_would_be_seen(source: str) -> None:
    """In either way of writing it."""
    assert uses(source, "time", "sleep")
