"""A client that was made in a scope is a whole client: after it, it signs with what its session finds then."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.credentials import CredentialProvider, Credentials, RefreshableCredentials
from botocore.exceptions import NoCredentialsError
from clients import names, own_session

from ses_stub import mock_ses_verify

KEY = "AKIDFOUNDLATER"


class Provider(CredentialProvider):  # type: ignore[misc]  # botocore is untyped
    """A provider that finds what a test gives it, and counts how often it is asked."""

    METHOD = CANONICAL_NAME = "test"

    def __init__(self) -> None:
        self.asked = 0
        self.found: Credentials | None = None

    def load(self) -> Credentials | None:
        self.asked += 1
        return self.found


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def client(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client that was made in a scope, by a session without keys, and outlives it."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    session = own_session()
    session.get_component("credential_provider").providers[:] = [provider]
    with mock_ses_verify(rate=None):
        made = session.create_client("ses", region_name="us-east-1")
        names(made)
    assert provider.asked == 0
    return made


def presigned(client: Any) -> str:
    url: str = client.generate_presigned_url("list_identities")
    return url


def test_presigned_url_after_the_scope(client: Any, provider: Provider) -> None:
    """A URL that is presigned after the scope has the credentials of the session, which are looked up once."""
    provider.found = Credentials(KEY, "secret", "token")
    assert f"Credential={KEY}" in presigned(client)
    assert "Security-Token=token" in presigned(client)
    assert provider.asked == 1


def test_credentials_that_are_not_found(client: Any, provider: Provider) -> None:
    """Without credentials it fails as any client does; and finds them once they are there."""
    for use in (presigned, names):
        with pytest.raises(NoCredentialsError, match="made in a scope of ses_stub that has ended"):
            use(client)
    provider.found = Credentials(KEY, "secret")
    assert KEY in presigned(client)


def test_credentials_that_refresh_themselves(client: Any, provider: Provider) -> None:
    """Credentials that refresh themselves do so when they sign."""
    fresh = {"access_key": KEY, "secret_key": "secret", "token": "fresh", "expiry_time": "2999-01-01T00:00:00Z"}
    stale = {**fresh, "token": "stale", "expiry_time": "2001-01-01T00:00:00Z"}
    provider.found = RefreshableCredentials.create_from_metadata(stale, lambda: fresh, "test")
    assert "Security-Token=fresh" in presigned(client)


def test_each_property_of_lazy_credentials_is_found(client: Any, provider: Provider) -> None:
    """What reads the client's credentials finds each property."""
    provider.found = Credentials(KEY, "secret", "token")
    found = client._request_signer._credentials
    assert (found.access_key, found.secret_key, found.token, found.account_id) == (KEY, "secret", "token", None)
    assert provider.asked == 1


def test_presigned_url_in_a_scope(client: Any, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a stub is active only the environment is asked: no file is read, and no network is used."""
    provider.found = Credentials(KEY, "secret")
    with mock_ses_verify():
        with pytest.raises(NoCredentialsError, match="set AWS_ACCESS_KEY_ID"):
            presigned(client)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDENVIRONMENT")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        assert "AKIDENVIRONMENT" in presigned(client)
    assert provider.asked == 0


def test_cached_client_with_moto_after_the_scope(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cached client that was first made in a scope works in a later test with moto."""
    moto = pytest.importorskip("moto")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    with mock_ses_verify():
        client = boto3.client("ses", region_name="us-east-1")
        names(client)
    with moto.mock_aws():
        client.verify_domain_identity(Domain="example.com")
        assert names(client) == ["example.com"]
