"""The descriptions of the APIs: read as botocore reads them, but from its own data only."""

from __future__ import annotations

import json
from pathlib import Path

import botocore
import pytest
from botocore.loaders import Loader

from ses_stub._wire.service_model import description


@pytest.mark.parametrize("service", ["ses", "sesv2"])
def test_description_is_that_of_botocore(service: str) -> None:
    """Where this fails, botocore has moved or extended its files; look at `service_model`."""
    assert description(service) == json.loads(json.dumps(Loader().load_service_model(service, "service-2")))


def test_description_that_is_not_compressed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Older versions of botocore have plain JSON."""
    file = tmp_path / "data" / "ses" / "2010-12-01" / "service-2.json"
    file.parent.mkdir(parents=True)
    file.write_text('{"metadata": {}}', encoding="utf-8")
    monkeypatch.setattr(botocore, "__path__", [str(tmp_path)])
    assert description("ses") == {"metadata": {}}
