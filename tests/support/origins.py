"""Where SES clients come from, one by one: the rows and columns of the table of docs/clients.md.

Nothing of ses_stub is imported before the clients of the first column are there. `main` asks for the two columns that
need a process of their own, and prints what came.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import boto3
from botocore import UNSIGNED
from clients import KEYS, make_client, make_signing_client, own_session

BEFORE_IMPORT = "before ses_stub is imported"
FORKED = "in a forked child"
WHEN = (BEFORE_IMPORT, "before the scope", "inside the scope", "in another thread", FORKED)

#: The conversation that every client has.
OPERATIONS = {
    "ses": ["VerifyDomainIdentity", "ListIdentities"],
    "sesv2": ["CreateEmailIdentity", "ListEmailIdentities"],
}
ROLE = "arn:aws:iam::999999999999:role/tester"


class Row(NamedTuple):
    """One kind of client.

    Attributes:
        made: the client as long as it is needed, as a function that makes it verify example.com and list what is there.
        region: the region that it speaks to.
        host: the start of the URL that it would have called.
        needs: what has to be installed for it.

    """

    made: Callable[[], Any]
    region: str = "us-east-1"
    host: str = "https://email.us-east-1.amazonaws.com"
    needs: tuple[str, ...] = ()
    service: str = "ses"


class Outcome(NamedTuple):
    """What the client found, the URL that it was made for, and the calls that the stub saw."""

    found: list[str]
    host: str
    calls: list[str]
    regions: list[str]


def converse(client: Any) -> tuple[list[str], str]:
    url = client.meta.endpoint_url
    if client.meta.service_model.service_name == "sesv2":
        client.create_email_identity(EmailIdentity="example.com")
        return [one["IdentityName"] for one in client.list_email_identities()["EmailIdentities"]], url
    client.verify_domain_identity(Domain="example.com")
    return client.list_identities()["Identities"], url


def client(make: Callable[[], Any]) -> Callable[[], Any]:
    """A row whose client needs nothing else to live."""

    @contextmanager
    def made() -> Iterator[Callable[[], tuple[list[str], str]]]:
        yield partial(converse, make())

    return made


def boto3_client(**options: Any) -> Any:
    return boto3.client("ses", **{"region_name": "us-east-1", **options})


def by_environment() -> Any:
    with mock.patch.dict(os.environ, {"AWS_ENDPOINT_URL_SES": "http://localhost:4566"}):
        return own_session().create_client("ses", region_name="us-east-1")


def of_profile() -> Any:
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "config")
        config.write_text(
            "[profile dev]\nregion = eu-west-1\naws_access_key_id = AKID\naws_secret_access_key = secret\n"
        )
        with mock.patch.dict(os.environ, {"AWS_CONFIG_FILE": str(config)}):
            return boto3.Session(profile_name="dev").client("ses")


def of_assumed_role() -> Any:
    import moto

    with moto.mock_aws():
        sts = boto3.client("sts", region_name="us-east-1")
        given = sts.assume_role(RoleArn=ROLE, RoleSessionName="tests")["Credentials"]
    keys = (given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    return boto3.Session(*keys).client("ses", region_name="us-east-1")


def awaited(make_session: Callable[[], Any]) -> Callable[[], Any]:
    """A row whose client lives in an event loop of its own."""

    @contextmanager
    def made() -> Iterator[Callable[[], tuple[list[str], str]]]:
        loop = asyncio.new_event_loop()
        try:
            # The scope may be there already, or not yet: no credentials of the environment are needed in either.
            context = make_session()
            one = loop.run_until_complete(context.__aenter__())

            async def conversation() -> tuple[list[str], str]:
                await one.verify_domain_identity(Domain="example.com")
                return (await one.list_identities())["Identities"], one.meta.endpoint_url

            yield lambda: loop.run_until_complete(conversation())
            loop.run_until_complete(context.__aexit__(None, None, None))
        finally:
            loop.close()

    return made


def of_aiobotocore() -> Any:
    from aiobotocore.session import AioSession

    return AioSession().create_client("ses", region_name="us-east-1", **KEYS)


def of_aioboto3() -> Any:  # pragma: no cover  # Not beside the newest aiobotocore, which is measured.
    import aioboto3

    return aioboto3.Session(**KEYS).client("ses", region_name="us-east-1")


@contextmanager
def of_requests() -> Iterator[Callable[[], tuple[list[str], str]]]:
    import requests

    url = "https://email.us-east-1.amazonaws.com/"

    def conversation() -> tuple[list[str], str]:
        requests.get(url, params={"Action": "VerifyDomainIdentity", "Domain": "example.com"})
        text = requests.get(url, params={"Action": "ListIdentities"}).text
        return [part.split("</member>")[0] for part in text.split("<member>")[1:]], url

    yield conversation


def of_partition(region: str) -> Row:
    return Row(client(partial(make_client, region=region)), region, f"https://email.{region}.")


ROWS: dict[str, Row] = {
    "boto3.client": Row(client(boto3_client)),
    "boto3.Session().client": Row(client(lambda: boto3.Session().client("ses", region_name="us-east-1"))),
    "session of botocore": Row(client(lambda: own_session().create_client("ses", region_name="us-east-1"))),
    "version 2, sesv2": Row(client(partial(make_client, "sesv2")), service="sesv2"),
    "endpoint_url": Row(
        client(partial(boto3_client, endpoint_url="http://localhost:4566")), host="http://localhost:4566"
    ),
    "AWS_ENDPOINT_URL_SES": Row(client(by_environment), host="http://localhost:4566"),
    "use_fips_endpoint": Row(
        client(partial(make_client, use_fips_endpoint=True)), host="https://email-fips.us-east-1.amazonaws.com"
    ),
    "use_dualstack_endpoint": Row(
        client(partial(make_client, use_dualstack_endpoint=True)), host="https://email.us-east-1.api.aws"
    ),
    "aws-us-gov": of_partition("us-gov-west-1"),
    "aws-cn": of_partition("cn-north-1"),
    "aws-eusc": of_partition("eusc-de-east-1"),
    "aws-iso": of_partition("us-iso-east-1"),
    "aws-iso-b": of_partition("us-isob-east-1"),
    "aws-iso-e": of_partition("eu-isoe-west-1"),
    "aws-iso-f": of_partition("us-isof-south-1"),
    "profile of a config file": Row(client(of_profile), "eu-west-1", "https://email.eu-west-1.amazonaws.com"),
    "with access keys": Row(client(make_signing_client)),
    "role assumed with moto's STS": Row(client(of_assumed_role), needs=("moto",)),
    "signature_version=UNSIGNED": Row(client(partial(make_client, signature_version=UNSIGNED))),
    "retries: legacy": Row(client(partial(make_client, retries={"mode": "legacy", "max_attempts": 1}))),
    "retries: standard": Row(client(partial(make_client, retries={"mode": "standard", "max_attempts": 1}))),
    "retries: adaptive": Row(client(partial(make_client, retries={"mode": "adaptive"}))),
    "client of aiobotocore": Row(awaited(of_aiobotocore), needs=("aiobotocore.session",)),
    "client of aioboto3": Row(awaited(of_aioboto3), needs=("aioboto3",)),
    "requests.get": Row(of_requests),
}


def table() -> str:
    """The table of docs/clients.md: each cell is a test of `test_origins.py`."""
    lines = [["client", *WHEN], ["---"] * (1 + len(WHEN)), *([name, *["answered"] * len(WHEN)] for name in ROWS)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def expected(name: str) -> Outcome:
    row = ROWS[name]
    return Outcome(["example.com"], row.host, OPERATIONS[row.service], [row.region] * 2)


def outcome(name: str, ask: Callable[[], tuple[list[str], str]], ses: Any) -> Outcome:
    """Lets a client have its conversation with the stub."""
    found, url = ask()
    host = ROWS[name].host
    # Of an address in a partition, and of a URL's path, the start is enough.
    result = host if url.startswith(host) else url
    return Outcome(found, result, ses.calls.operations, [call.region for call in ses.calls])


def made_before_the_scope(name: str) -> Outcome:
    from ses_stub import mock_ses_verify

    with ROWS[name].made() as ask, mock_ses_verify(rate=None) as ses:
        return outcome(name, ask, ses)


def made_inside(name: str) -> Outcome:
    from ses_stub import mock_ses_verify

    with mock_ses_verify(rate=None) as ses, ROWS[name].made() as ask:
        return outcome(name, ask, ses)


def made_in_a_thread(name: str) -> Outcome:
    """Made, and used, in another thread than that of the scope."""
    from ses_stub import mock_ses_verify

    def elsewhere() -> Outcome:
        with ROWS[name].made() as ask:
            return outcome(name, ask, ses)

    with mock_ses_verify(rate=None) as ses, ThreadPoolExecutor(1) as pool:
        return pool.submit(elsewhere).result()


def made_in_a_child(name: str) -> Outcome:  # pragma: no cover  # In a process of its own.
    """Made, and used, in a child that is forked in the scope."""
    from ses_stub import mock_ses_verify

    with mock_ses_verify(rate=None) as ses:
        reader, writer = os.pipe()
        if not os.fork():
            try:
                with ROWS[name].made() as ask:
                    result = json.dumps(outcome(name, ask, ses))
            except BaseException as error:
                result = json.dumps(repr(error))
            os.write(writer, result.encode())
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader, encoding="utf-8") as pipe:
            said = json.load(pipe)
        os.wait()
        assert ses.calls == [], "the child's calls came back"
    if isinstance(said, str):
        raise RuntimeError(said)
    return Outcome(*said)


def is_there(name: str) -> bool:
    """Whether what the row needs is installed."""
    try:
        for module in ROWS[name].needs:
            __import__(module)
    except ImportError:
        return False
    return True


def result(find: Callable[[], Outcome]) -> Any:  # pragma: no cover  # Like the next, in a process of its own.
    try:
        return find()
    except Exception as error:
        return repr(error)


def main() -> None:  # pragma: no cover  # In a process of its own.
    """Prints, as JSON, the outcome of each cell of the two columns."""
    rows = [name for name in ROWS if is_there(name)]
    results: dict[str, Any] = {}
    with ExitStack() as made:
        asks = {name: made.enter_context(ROWS[name].made()) for name in rows}
        assert "ses_stub" not in sys.modules
        from ses_stub import mock_ses_verify

        for name, ask in asks.items():
            with mock_ses_verify(rate=None) as ses:
                results[f"{name}-{BEFORE_IMPORT}"] = result(lambda: outcome(name, ask, ses))  # noqa: B023
    if hasattr(os, "fork"):
        for name in rows:
            results[f"{name}-{FORKED}"] = result(partial(made_in_a_child, name))
    json.dump(results, sys.stdout)
