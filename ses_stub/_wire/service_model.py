"""Botocore's service models of SES: the description of each API's operations and shapes, read once."""

from __future__ import annotations

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


def operation_names(service: str) -> list[str]:
    """All operations that an API has, supported or not."""
    names: list[str] = service_model(service).operation_names
    return names
