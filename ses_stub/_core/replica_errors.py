"""AWS's errors about the origin of DKIM keys and about replicas; see `aws_errors`."""

from __future__ import annotations

from collections.abc import Iterable

from .aws_errors import AWSError, bad_request, invalid_parameter, newer_validation, one_of, violation


def unknown_origin(member: str, allowed: Iterable[str]) -> AWSError:
    """An origin outside the service model, as the validator reports it."""
    return newer_validation(violation(member, one_of(allowed)))


def origin_not_allowed(origin: str) -> AWSError:
    """A DomainSigningAttributesOrigin that the operation does not accept (documented, text unverified)."""
    return bad_request(f"DomainSigningAttributesOrigin {origin} is not allowed.")


def key_length_with_own_key() -> AWSError:
    """The length of Easy DKIM's key together with the domain's own key (reported by users)."""
    return bad_request(
        "NextSigningKeyLength cannot be used together with DomainSigningSelector and DomainSigningPrivateKey"
    )


def parent_has_replicas(name: str, regions: Iterable[str]) -> AWSError:
    """Deletion of a domain that has replicas (documented, code and text unverified)."""
    return invalid_parameter(
        f"Identity <{name}> cannot be deleted until its replicas are deleted: {', '.join(regions)}."
    )
