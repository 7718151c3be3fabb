"""What is published: the wheel that users install, and the source distribution."""

from __future__ import annotations

import re
import tarfile
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest

from ses_stub import _core

ROOT = Path(__file__).parents[2]
PACKAGE = Path(_core.__file__).parents[1]
#: What is in the package's folder and not in the wheel.
LEFT_OUT = {"__pycache__"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The wheel and the source distribution, built as an installer builds them, by their suffix."""
    build = pytest.importorskip("hatchling.build")
    if PACKAGE.parent != ROOT:
        pytest.skip("the package is not the one of this copy")
    folder = tmp_path_factory.mktemp("dist")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        names = [build.build_wheel(str(folder)), build.build_sdist(str(folder))]
    return {Path(name).suffix: folder / name for name in names}


@pytest.fixture(scope="module")
def metadata(built: dict[str, Path]) -> Message:
    """The metadata of the wheel."""
    with zipfile.ZipFile(built[".whl"]) as wheel:
        name = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
        return Parser().parsestr(wheel.read(name).decode())


def test_wheel_holds_the_package_and_nothing_else(built: dict[str, Path]) -> None:
    """The wheel has every file of the package, with types, pages and OpenAPI, and no test."""
    with zipfile.ZipFile(built[".whl"]) as wheel:
        found = {name for name in wheel.namelist() if ".dist-info/" not in name}
    files = {path.relative_to(ROOT) for path in PACKAGE.rglob("*") if path.is_file()}
    assert found == {path.as_posix() for path in files if not LEFT_OUT & set(path.parts)}
    assert "ses_stub/py.typed" in found


def test_source_distribution_holds_what_a_packager_needs(built: dict[str, Path]) -> None:
    """The source distribution has the package, its tests, examples and documents, and no hidden folder."""
    with tarfile.open(built[".gz"]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    top = {name.partition("/")[0] for name in names}
    assert top >= {"ses_stub", "tests", "examples", "docs", "README.md", "CHANGELOG.md", "LICENSE", "pyproject.toml"}
    assert {name for name in top if name.startswith(".")} <= {".gitignore"}


def test_metadata_describes_the_package(metadata: Message) -> None:
    """An index shows the README, the licence and the Pythons; installers find the extras."""
    assert (metadata["Name"], metadata["Requires-Python"]) == ("ses-stub", ">=3.10")
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert {"aio", "dns", "server"} <= set(metadata.get_all("Provides-Extra", []))
    required = [one for one in metadata.get_all("Requires-Dist", []) if "extra ==" not in one]
    assert sorted(required) == ["botocore>=1.31", "freezegun>=1.5", "responses>=0.25"]


def test_metadata_names_the_pythons_that_ci_tests(metadata: Message) -> None:
    """Each Python of a classifier is one that `.ci/run` looks for, and the other way round."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    tested = re.findall(r"^for version in (.+); do$", script, re.MULTILINE)[0].split()
    prefix = "Programming Language :: Python :: 3."
    named = [one.rpartition(" ")[2] for one in metadata.get_all("Classifier", []) if one.startswith(prefix)]
    assert named == tested
