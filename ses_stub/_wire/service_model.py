"""botocore's service models of SES, which describe the operations and shapes of each API.

That of the first client that calls is taken. Where there is none, as in a request without a client or in a server, it
is read from botocore's data as Python reads modules: a test may have replaced `open`, `os`, `json` or the file system.

Relies on the files that are named here, and on the loader of the package ``botocore`` reading them.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from functools import cache
from json import JSONDecoder
from typing import Any

import botocore
from botocore.model import OperationModel, ServiceModel

#: Below botocore's package. The date is the version of the API.
_FILES = {
    "ses": "data/ses/2010-12-01/service-2.json",
    "sesv2": "data/sesv2/2019-09-27/service-2.json",
}
_models: dict[str, ServiceModel] = {}


def use_service_model(model: ServiceModel) -> None:
    """Keeps a client's model, unless there is one already."""
    _models.setdefault(model.service_name, model)


def service_model(service: str) -> ServiceModel:
    """The model of an API, ``ses`` (v1) or ``sesv2``."""
    if service not in _models:
        use_service_model(ServiceModel(description(service), service))
    return _models[service]


def description(service: str) -> dict[str, Any]:
    """What botocore's data says about an API."""
    path = f"{botocore.__path__[0]}/{_FILES[service]}"
    read = botocore.__spec__.loader.get_data
    try:
        text = zlib.decompress(read(f"{path}.gz"), wbits=31)
    except OSError:  # Older versions do not compress it.
        text = read(path)
    found: dict[str, Any] = JSONDecoder().decode(text.decode())
    return found


@cache
def operation_model(service: str, operation: str) -> OperationModel:
    """The model of one operation of an API."""
    return service_model(service).operation_model(operation)


def error_shapes() -> Iterator[tuple[str, int, str]]:
    """Code, HTTP status and description (HTML) of each error of the APIs."""
    for service in ("ses", "sesv2"):
        model = service_model(service)
        for shape in map(model.shape_for, model.shape_names):
            if getattr(shape, "metadata", {}).get("exception"):
                error = shape.metadata.get("error", {})
                yield error.get("code", shape.name), error.get("httpStatusCode", 400), shape.documentation


def operation_names(service: str) -> list[str]:
    """All operations of an API, also unsupported ones."""
    names: list[str] = service_model(service).operation_names
    return names
