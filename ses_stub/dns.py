"""Resolvers for the option ``resolver``: more DNS records for SES, beside the stub's own.

    with mock_aws(), mock_ses_verify(resolver=ses_stub.dns.route53()) as ses:
        ...   # SES finds what the code under test writes to Route 53

A resolver is any function that takes a DNS name and a record type, and returns the values. SES calls it at every
request, and before the stub's clock moves.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ._core.extras import needed_for
from ._model.zone import normalize_name

if TYPE_CHECKING:
    from ._model.zone import Resolver

__all__ = ["name_server", "route53"]


def name_server(address: str | None = None, port: int = 53, *, timeout: float = 2.0) -> Resolver:
    """Queries a name server with dnspython (extra ``dns``).

    Args:
        address: the server's IP address; None uses the machine's configuration.
        port: the port.
        timeout: seconds to wait for a response. A server without one, or with an error, has no records.

    Raises:
        ModuleNotFoundError: dnspython is not installed.

    """
    with needed_for("ses_stub.dns.name_server()", "ses-stub[dns]"):
        import dns.exception
        import dns.resolver

    resolver = dns.resolver.Resolver(configure=address is None)
    if address is not None:
        resolver.nameservers = [address]
        resolver.port = port
    resolver.lifetime = timeout

    def look_up(name: str, kind: str) -> list[str]:
        try:
            return [record.to_text() for record in resolver.resolve(f"{name}.", kind)]
        except dns.exception.DNSException:
            return []

    return look_up


def route53(client: Any = None) -> Resolver:
    """Reads the hosted zones of Route 53 in moto.

    Args:
        client: a ``route53`` client; None makes one with boto3 at the first use.

    Raises:
        ModuleNotFoundError: there is no client, and boto3 is not installed.

    """
    if client is None:
        with needed_for("ses_stub.dns.route53() without a client", "boto3"):
            import boto3
    clients = [client] if client is not None else []

    def look_up(name: str, kind: str) -> list[str]:
        if not clients:
            clients.append(boto3.client("route53", region_name="us-east-1"))
        return [value for zone in _zones(clients[0], name) for value in _values(clients[0], zone, name, kind)]

    return look_up


def _zones(client: Any, name: str) -> Iterator[str]:
    """The public zones of a name: those of its longest domain that has one."""
    found: dict[str, list[str]] = {}
    for page in client.get_paginator("list_hosted_zones").paginate():
        for zone in page["HostedZones"]:
            domain = normalize_name(zone["Name"])
            if f".{name}".endswith(f".{domain}") and not zone.get("Config", {}).get("PrivateZone"):
                found.setdefault(domain, []).append(zone["Id"])
    yield from found[max(found, key=len)] if found else ()


def _values(client: Any, zone: str, name: str, kind: str) -> Iterator[str]:
    for page in client.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone):
        for record in page["ResourceRecordSets"]:
            if normalize_name(record["Name"]) == name and record["Type"] == kind:
                yield from (value["Value"] for value in record.get("ResourceRecords", ()))
