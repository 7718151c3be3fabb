"""Botocore's service models of SES: the description of each API's operations and shapes.

That of the first client that calls is taken, so that no file is read in a call: a test may have replaced `open`, `os`
or the file system. Only a request without a client, or a server, reads it from botocore's data.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel

_models: dict[str, ServiceModel] = {}


def use_service_model(model: ServiceModel) -> None:
    """Takes the description that a client has, unless there is one already."""
    _models.setdefault(model.service_name, model)


def service_model(service: str) -> ServiceModel:
    """The description of an API by botocore's name for it: ``ses`` (v1) or ``sesv2``."""
    if service not in _models:
        use_service_model(ServiceModel(Loader().load_service_model(service, "service-2"), service))
    return _models[service]


@cache
def operation_model(service: str, operation: str) -> OperationModel:
    """The description of one operation of an API."""
    return service_model(service).operation_model(operation)


def error_shapes() -> Iterator[tuple[str, int, str]]:
    """Code, HTTP status and description (HTML) of each error that the APIs have."""
    for service in ("ses", "sesv2"):
        model = service_model(service)
        for shape in map(model.shape_for, model.shape_names):
            if getattr(shape, "metadata", {}).get("exception"):
                error = shape.metadata.get("error", {})
                yield error.get("code", shape.name), error.get("httpStatusCode", 400), shape.documentation


def operation_names(service: str) -> list[str]:
    """All operations that an API has, supported or not."""
    names: list[str] = service_model(service).operation_names
    return names
