"""Botocore's service models of SES: the description of each API's operations and shapes, read once."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel


@cache
def service_model(service: str) -> ServiceModel:
    """The description of an API by botocore's name for it: ``ses`` (v1) or ``sesv2``."""
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


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
