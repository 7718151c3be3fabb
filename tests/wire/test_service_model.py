"""The descriptions of the APIs: read as botocore reads them, but from its own data only."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import botocore
import pytest

from ses_stub._wire.service_model import description

COMPARE = """
from botocore.loaders import Loader
from ses_stub._wire.service_model import description

for service in ("ses", "sesv2"):
    assert description(service) == Loader().load_service_model(service, "service-2"), service
"""


def test_description_is_that_of_botocore() -> None:
    """Where this fails, botocore has moved or extended its files; look at `service_model`."""
    # In a new process, as moto extends what botocore has read.
    run = subprocess.run([sys.executable, "-c", COMPARE], capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (0, "")


def test_description_that_is_not_compressed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Older versions of botocore have plain JSON."""
    file = tmp_path / "data" / "ses" / "2010-12-01" / "service-2.json"
    file.parent.mkdir(parents=True)
    file.write_text('{"metadata": {}}', encoding="utf-8")
    monkeypatch.setattr(botocore, "__path__", [str(tmp_path)])
    assert description("ses") == {"metadata": {}}
