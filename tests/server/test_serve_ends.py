"""What a server changes while it runs, and that nothing of it remains."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from serving import LIST, address_of, ask

from ses_stub import SESStub
from ses_stub._server.endpoint import Endpoint


def here() -> set[object]:
    """The threads, and the sockets and pipes where the system lists them."""
    files = set()
    for number in Path("/proc/self/fd").glob("*"):
        # That of the listing itself is closed by now.
        with suppress(FileNotFoundError):
            files.add(str(number.readlink()))
    return {*threading.enumerate(), *(name for name in files if name.startswith(("socket", "pipe")))}


@contextmanager
def nothing_remains() -> Iterator[None]:
    # Only what is new counts, as things of earlier tests may go meanwhile.
    things, variables = here(), dict(os.environ)
    yield
    assert dict(os.environ) == variables
    assert not here() - things


def test_nothing_remains_after_the_server(ses: SESStub) -> None:
    """No thread, no socket, no environment variable."""
    with nothing_remains():
        things = here()
        with ses.serve() as endpoint:
            assert here() - things
            ask(endpoint, "POST", "/", LIST)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address_of(endpoint), timeout=5)


def test_nothing_remains_of_a_test_that_raises(ses: SESStub) -> None:
    """Even with a client whose request is half sent."""

    def fail(waiting: socket.socket) -> None:
        with ses.serve() as endpoint:
            waiting.connect(address_of(endpoint))
            waiting.sendall(b"POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\n")
            raise ZeroDivisionError

    with socket.socket() as waiting, nothing_remains(), pytest.raises(ZeroDivisionError):
        fail(waiting)


def test_nested_servers_restore_the_environment(ses: SESStub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has its port; the environment is the inner one's until it ends, then the outer one's, then the user's."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_SES", "http://localhost:4566")
    with nothing_remains():
        with ses.serve() as outer:
            with SESStub().serve() as inner:
                assert outer.url != inner.url
                assert os.environ["AWS_ENDPOINT_URL_SES"] == inner.url
            assert os.environ["AWS_ENDPOINT_URL_SES"] == outer.url
            assert ask(outer, "POST", "/", LIST)[0] == 200
        assert os.environ["AWS_ENDPOINT_URL_SES"] == "http://localhost:4566"


def test_outer_server_that_ends_first_leaves_the_inner_one(ses: SESStub) -> None:
    """The inner server still answers, and the environment is still its."""
    with ses.serve() as environment:
        names = tuple(environment.environ)
    with pytest.MonkeyPatch.context() as patch:
        for name in names:
            # So that the test itself restores what servers cannot restore in this order.
            patch.setenv(name, "before")
        one, other = ses.serve(), SESStub().serve()
        one.__enter__()
        inner = other.__enter__()
        one.__exit__(None, None, None)
        assert os.environ["AWS_ENDPOINT_URL_SES"] == inner.url
        assert ask(inner, "POST", "/", LIST)[0] == 200
        other.__exit__(None, None, None)


def test_used_port_is_an_error(endpoint: Endpoint) -> None:
    """An OSError, before anything is changed."""
    _, port = address_of(endpoint)
    with nothing_remains(), pytest.raises(OSError, match="in use"), SESStub().serve(port=port):
        pass  # pragma: no cover


def test_port_that_does_not_exist_is_an_error() -> None:
    """An error of ours that says which ports there are, before anything is changed."""
    expected = r"port=65536: expected a number from 0 to 65535"
    with nothing_remains(), pytest.raises(ValueError, match=expected), SESStub().serve(port=65_536):
        pass  # pragma: no cover


def test_server_on_other_addresses(ses: SESStub) -> None:
    """A host name works, and IPv6 where the machine has it."""
    with ses.serve(host="localhost") as endpoint:
        assert ask(endpoint, "POST", "/", LIST)[0] == 200
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:  # pragma: no cover
        pytest.skip("no IPv6 here")
    with ses.serve(host="::1") as endpoint:
        assert endpoint.url.startswith("http://[::1]:")
        assert ask(endpoint, "POST", "/", LIST)[0] == 200


def test_connection_limit_follows_open_files(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a maximum."""
    resource = pytest.importorskip("resource")
    from ses_stub._server import http

    for soft, limit in ((1024, 480), (1_000_000, 2000), (resource.RLIM_INFINITY, 2000)):
        monkeypatch.setattr(resource, "getrlimit", lambda _, soft=soft: (soft, soft))
        assert http.connection_limit() == limit
    monkeypatch.setitem(sys.modules, "resource", None)
    assert http.connection_limit() == 2000


WITHOUT_EXTRA = """
import sys
from ses_stub import mock_ses_verify

class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name == library:
            raise ModuleNotFoundError(name=name)

sys.meta_path.insert(0, Hidden())
with mock_ses_verify() as ses:
    # In this order each is the first that the server imports.
    for library in ("werkzeug", "msgspec", "jinja2", "waitress"):
        assert library not in sys.modules
        try:
            ses.serve()
        except ModuleNotFoundError as missing:
            print(missing)
"""


def test_missing_extra_is_explained() -> None:
    """The error says what is missing and what to install; only the server needs it."""
    done = subprocess.run([sys.executable, "-c", WITHOUT_EXTRA], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        f"ses.serve() needs {library}, which is not installed: pip install 'ses-stub[server]'"
        for library in ("werkzeug", "msgspec", "jinja2", "waitress")
    ]


# The environment.


@contextmanager
def served(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Iterator[dict[str, str]]:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with nothing_remains(), SESStub(region="eu-west-1", account_id="999999999999").serve():
        yield dict(os.environ)


def test_variables_are_those_of_the_endpoint() -> None:
    """They are everything that an AWS SDK needs."""
    with SESStub(region="eu-west-1", account_id="999999999999").serve() as endpoint:
        assert dict(endpoint.environ) == {
            "AWS_ENDPOINT_URL_SES": endpoint.url,
            "AWS_ENDPOINT_URL_SESV2": endpoint.url,
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
            "AWS_USE_FIPS_ENDPOINT": "false",
            "AWS_USE_DUALSTACK_ENDPOINT": "false",
            "AWS_ACCESS_KEY_ID": "999999999999",
            "AWS_SECRET_ACCESS_KEY": "ses_stub",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_REGION": "eu-west-1",
        }
        assert endpoint.environ.items() <= os.environ.items()
        assert repr(endpoint) == f"<Endpoint {endpoint.url}>"


@pytest.mark.parametrize("name", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_region_of_the_user_is_kept(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The application's clients use it."""
    with served(monkeypatch, **{name: "sa-east-1"}) as environ:
        assert (environ["AWS_REGION"], environ["AWS_DEFAULT_REGION"]) == ("sa-east-1", "sa-east-1")


def test_variables_of_real_credentials_are_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    """Profiles as well."""
    names = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_CREDENTIAL_EXPIRATION")
    with served(monkeypatch, **dict.fromkeys(names, "x")) as environ:
        assert not environ.keys() & set(names)


def test_endpoint_and_keys_of_the_user_are_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Until the end; an endpoint of other services stays."""
    others = {"AWS_ENDPOINT_URL_SES": "x", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    with served(monkeypatch, AWS_ENDPOINT_URL="http://localhost:4566", **others) as environ:
        assert not others.items() & environ.items()
        assert environ["AWS_ENDPOINT_URL"] == "http://localhost:4566"


def test_configuration_file_does_not_change_the_endpoint(
    ses: SESStub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whatever it says about endpoints."""
    file = tmp_path / "config"
    file.write_text("[default]\nignore_configured_endpoint_urls = true\nuse_fips_endpoint = true\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    with ses.serve():
        boto3.client("ses").list_identities()
    assert ses.calls.operations == ["ListIdentities"]


@pytest.mark.parametrize(
    ("before", "meanwhile"),
    [
        ({}, ("127.0.0.1", "127.0.0.1")),
        ({"NO_PROXY": "example.com"}, ("example.com,127.0.0.1", "example.com,127.0.0.1")),
        ({"no_proxy": "example.com"}, ("example.com,127.0.0.1", "example.com,127.0.0.1")),
        ({"NO_PROXY": "a.example", "no_proxy": "b.example"}, ("a.example,127.0.0.1", "b.example,127.0.0.1")),
        ({"NO_PROXY": "*"}, ("*", "*")),
        ({"NO_PROXY": "127.0.0.1"}, ("127.0.0.1", "127.0.0.1")),
    ],
    ids=["none", "upper case", "lower case", "both", "all", "already"],
)
def test_proxy_is_not_used_for_the_server(
    monkeypatch: pytest.MonkeyPatch, before: dict[str, str], meanwhile: tuple[str, str]
) -> None:
    """Its address is added to the exceptions of the environment, in both spellings."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with served(monkeypatch, HTTP_PROXY="http://proxy.example:3128", **before) as environ:
        assert (environ["NO_PROXY"], environ["no_proxy"]) == meanwhile


def test_client_bypasses_a_proxy(ses: SESStub, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client reaches the server, though the proxy of the environment does not respond."""
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.getsockname()[1]}")
        with ses.serve():
            boto3.client("ses", config=Config(connect_timeout=5, read_timeout=5)).list_identities()
    assert ses.calls.operations == ["ListIdentities"]
