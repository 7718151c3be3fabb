"""The fixtures ``ses_client`` and ``sesv2_client``: each test has a new client."""

from __future__ import annotations

import sys

import pytest

SOURCE = """
seen = []

def look(client):
    handlers = client.meta.events._emitter._handlers.prefix_search("before-call.x")
    retries = client.meta.config.retries
    seen.append([
        [one.__name__ for one in handlers], "close" in vars(type(client)), client.meta.config.region_name,
        dict(retries),
        client._request_signer._region_name, str(client._endpoint.http_session._timeout),
        *(sorted(vars(one)) for one in (client, client._serializer, client._ruleset_resolver)), client._endpoint.host,
    ])

def test_first(FIXTURE):
    client = FIXTURE
    look(client)
    client.meta.events.register("before-call", lambda **_: None)
    type(client).close = print
    client.meta.config.region_name = "eu-west-1"
    client.meta.config.retries["mode"] = "mine"
    client._request_signer._region_name = client._endpoint.http_session._timeout = "mine"
    client.mine = client._serializer.mine = client._ruleset_resolver.mine = True
    client._endpoint.host = "https://elsewhere.example"
    look(client)
    assert not any(old == new for old, new in zip(*seen))

def test_later(FIXTURE):
    look(FIXTURE)
    assert seen[2] == seen[0]
"""
pytestmark = pytest.mark.usefixtures("no_name_server")


@pytest.mark.parametrize("fixture", ["ses_client", "sesv2_client"])
def test_changed_clients_stay_behind(pytester: pytest.Pytester, fixture: str) -> None:
    """What a test changes of its client, nested parts included, the client of the next test does not have."""
    pytester.makepyfile(SOURCE.replace("FIXTURE", fixture))
    pytester.runpytest("-p", "no:randomly").assert_outcomes(passed=2)


def test_clients_follow_the_environment(pytester: pytest.Pytester) -> None:
    """A client has what is configured when its test begins."""
    pytester.makepyfile("""
        import pytest

        @pytest.fixture
        def configured(monkeypatch):
            monkeypatch.setenv("AWS_MAX_ATTEMPTS", "7")

        def test_before(ses_client):
            assert ses_client.meta.config.retries.get("total_max_attempts") != 7

        def test_configured(configured, ses_client):
            assert ses_client.meta.config.retries.get("total_max_attempts") == 7

        def test_after(ses_client):
            assert ses_client.meta.config.retries.get("total_max_attempts") != 7
    """)
    pytester.runpytest("-p", "no:randomly").assert_outcomes(passed=3)


def test_exceptions_are_those_of_the_application(pytester: pytest.Pytester) -> None:
    """The classes in `exceptions` are shared with the application's clients, so that a test may expect them."""
    pytester.makepyfile("""
        import boto3

        def test_it(ses_client, sesv2_client):
            for ours, service in ((ses_client, "ses"), (sesv2_client, "sesv2")):
                applications = boto3.client(service, region_name="us-east-1")
                assert ours is not applications
                assert vars(ours.exceptions) == vars(applications.exceptions)
    """)
    pytester.runpytest().assert_outcomes(passed=1)


def test_botocore_makes_the_client_without_boto3(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where boto3 is not installed, botocore makes the client."""
    monkeypatch.setitem(sys.modules, "boto3", None)
    pytester.makepyfile("def test_it(ses_client): assert ses_client.list_identities()['Identities'] == []")
    pytester.runpytest().assert_outcomes(passed=1)
