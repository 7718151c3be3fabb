"""SES without botocore: raw HTTP requests to its endpoints."""

from __future__ import annotations

import functools
import io
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
import responses
from fidelity import aws

from ses_stub import UnsupportedOperationError, VirtualClock, mock_ses_verify

LIST = {"Action": "ListIdentities", "Version": "2010-12-01"}
US = "https://email.us-east-1.amazonaws.com/"
PARTITIONS = {
    "us-east-1": ("amazonaws.com", "api.aws"),
    "us-gov-west-1": ("amazonaws.com", "api.aws"),
    "cn-north-1": ("amazonaws.com.cn", "api.amazonwebservices.com.cn"),
    "eusc-de-east-1": ("amazonaws.eu", "api.amazonwebservices.eu"),
    "us-iso-east-1": ("c2s.ic.gov", "api.aws.ic.gov"),
    "us-isob-east-1": ("sc2s.sgov.gov", "api.aws.scloud"),
    "eu-isoe-west-1": ("cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
    "us-isof-south-1": ("csp.hci.ic.gov", "api.aws.hci.ic.gov"),
    "xx-nowhere-1": ("amazonaws.com", "api.aws"),
}
HOSTS = {
    f"{prefix}.{region}.{suffix}": region
    for region, suffixes in PARTITIONS.items()
    for suffix in suffixes
    for prefix in ("email", "email-fips")
}


@aws("documented", "the endpoint rules that botocore ships")
@pytest.mark.parametrize(("host", "region"), HOSTS.items())
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_endpoint_is_answered(method: str, host: str, region: str) -> None:
    """Every endpoint of SES is answered for its region, by GET or POST."""
    with mock_ses_verify(rate=None) as ses:
        ses.view(region=region).add_identity("example.com")
        query = {"params" if method == "GET" else "data": LIST}
        answer = requests.request(method, f"https://{host}/", **query)  # type: ignore[arg-type]
        assert answer.status_code == 200
        assert "<member>example.com</member>" in answer.text
        assert (ses.calls.last.operation, ses.calls.last.region) == ("ListIdentities", region)


@pytest.mark.parametrize(
    "url",
    [US.removesuffix("/"), US.replace("https", "http"), US.replace("email", "EMAIL"), US.replace("com/", "com:443/")],
    ids=["no path", "http", "capitals", "port"],
)
def test_spellings_of_the_url(url: str) -> None:
    """A URL is recognized however it is written."""
    with mock_ses_verify():
        assert "ListIdentitiesResponse" in requests.get(url, params=LIST).text


def test_response_is_like_any_other() -> None:
    """The response is like any other response of requests."""
    with mock_ses_verify():
        answer = requests.post(US, data=LIST)
    assert (answer.ok, answer.url, answer.reason) == (True, US, "OK")
    assert (answer.request.method, answer.request.url, answer.history) == ("POST", US, [])
    assert answer.elapsed.total_seconds() > 0
    assert answer.headers["content-type"] == "text/xml"
    assert answer.headers["x-amzn-RequestId"] in answer.text
    assert answer.content == answer.text.encode()


def test_response_can_be_streamed() -> None:
    """The response can be streamed."""
    with mock_ses_verify(rate=None):
        whole = requests.post(US, data=LIST).text
        answer = requests.post(US, data=LIST, stream=True)
        bits = list(answer.iter_content(100))
        assert len(bits) > 1
        assert b"".join(bits)[:200] == whole.encode()[:200]


@aws("inferred", "RFC 9110, 9.3.2")
def test_head_has_no_body() -> None:
    """The response to HEAD has the headers of GET and no body."""
    with mock_ses_verify():
        answer = requests.head(US, params=LIST)
    assert (answer.status_code, answer.content, answer.headers["Content-Type"]) == (200, b"", "text/xml")


@pytest.mark.parametrize(
    "make",
    [str, str.encode, io.StringIO, lambda text: io.BytesIO(text.encode()), lambda text: iter([text.encode()])],
    ids=["text", "bytes", "text file", "file", "generator"],
)
def test_every_kind_of_body(make: Callable[[str], Any]) -> None:
    """The body may be of any type that requests can send."""
    with mock_ses_verify():
        assert "ListIdentitiesResponse" in requests.post(US, data=make(urlencode(LIST))).text


@aws("unverified", "no source says that POST may split its parameters", question="raw-requests")
def test_parameters_in_both_places() -> None:
    """Parameters in the query string and the body are combined."""
    with mock_ses_verify(region="us-east-1") as ses:
        requests.post(US, params={"Action": "VerifyDomainIdentity"}, data={"Domain": "example.com"})
        assert ses.identity("example.com").status == "Pending"


SIGNED = "AWS4-HMAC-SHA256 Credential=000000000042/20260101/eu-west-1/ses/aws4_request, SignedHeaders=host, Signature=0"


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({"Authorization": SIGNED}, {}),
        ({"authorization": SIGNED.encode()}, {}),
        ({}, {"X-Amz-Credential": "000000000042/20260101/eu-west-1/ses/aws4_request"}),
    ],
    ids=["header", "header in bytes", "query string"],
)
def test_account_of_the_signature(headers: Any, query: dict[str, str]) -> None:
    """An access key of twelve digits is the account; the host determines the region."""
    with mock_ses_verify() as ses:
        requests.get(US, params={**LIST, **query}, headers=headers)
        assert (ses.calls.last.account_id, ses.calls.last.region) == ("000000000042", "us-east-1")


def test_other_access_key() -> None:
    """Any other access key belongs to the scope's account."""
    with mock_ses_verify(account_id="000000000007") as ses:
        requests.get(US, params=LIST, headers={"Authorization": SIGNED.replace("000000000042", "AKIDEXAMPLE")})
        assert ses.calls.last.account_id == "000000000007"


def test_raw_v2_path_is_answered_in_json() -> None:
    """Paths of SES v2 are answered in JSON, and the type of an error is in a header."""
    with mock_ses_verify(identities=["a+b@example.com"], region="us-east-1", rate=None) as ses:
        found = requests.get(f"{US}v2/email/identities/a%2Bb%40example.com").json()
        assert found["VerificationStatus"] == "SUCCESS"
        answer = requests.post(f"{US}v2/email/identities", json={"EmailIdentity": "a+b@example.com"})
        assert (answer.status_code, answer.headers["x-amzn-ErrorType"]) == (400, "AlreadyExistsException")
        assert ses.calls.last.service == "sesv2"


@aws("recorded", "mkrn/cdk-ses-template-mailer issue 11; no retry is made for who calls without an SDK")
def test_throttled_without_a_wait() -> None:
    """A throttled raw request gets its response immediately, without retry or wait."""
    with mock_ses_verify(clock=VirtualClock(), region="us-east-1") as ses:
        answers = [requests.post(US, data=LIST) for _ in range(2)]
        assert [one.status_code for one in answers] == [200, 400]
        assert "<Code>Throttling</Code>" in answers[1].text
        assert (len(ses.calls), ses.report().simulated_wait) == (2, 0)


@aws("documented", "reference of v2, TooManyRequestsException: 429")
def test_raw_v2_throttle_answers_status_429() -> None:
    """A throttled v2 request has status 429."""
    with mock_ses_verify(clock=VirtualClock()):
        answers = [requests.get(f"{US}v2/email/identities/example.com") for _ in range(2)]
    assert [one.status_code for one in answers] == [404, 429]
    assert [one.headers["x-amzn-ErrorType"] for one in answers] == ["NotFoundException", "TooManyRequestsException"]


def test_injected_failures_reach_raw_requests() -> None:
    """Raw requests trigger injected failures too; an HTTP status alone raises nothing."""
    with mock_ses_verify(region="us-east-1", rate=None) as ses:
        ses.inject("ListIdentities", status=503)
        ses.inject("ListIdentities", exception=requests.Timeout("late"))
        answer = requests.post(US, data=LIST)
        assert (answer.status_code, answer.content) == (503, b"")
        with pytest.raises(requests.HTTPError):
            answer.raise_for_status()
        with pytest.raises(requests.Timeout, match="late"):
            requests.post(US, data=LIST)


# Unsupported requests.


def test_raw_unsupported_operation_raises_from_requests() -> None:
    """An unsupported operation raises from requests."""
    with mock_ses_verify(), pytest.raises(UnsupportedOperationError, match="ListReceiptFilters"):
        requests.post(US, data={"Action": "ListReceiptFilters", "Version": "2010-12-01"})


def test_raw_unsupported_operation_is_answered_by_moto() -> None:
    """While moto is active it answers unsupported operations."""
    with pytest.importorskip("moto").mock_aws(), mock_ses_verify() as ses:
        answer = requests.post(US, data={"Action": "ListReceiptRuleSets", "Version": "2010-12-01"})
        assert "ListReceiptRuleSetsResponse" in answer.text
        assert requests.post(US, data=LIST).ok
        assert ses.calls.operations == ["ListIdentities"]


@responses.activate
def test_passthrough_reaches_the_network() -> None:
    """With ``unsupported="passthrough"`` an unsupported operation goes to the network, here to a mock."""
    responses.post(US, body="from outside")
    with mock_ses_verify(unsupported="passthrough") as ses:
        answer = requests.post(US, data={"Action": "ListReceiptFilters", "Version": "2010-12-01"})
        assert answer.text == "from outside"
        assert "ListIdentitiesResponse" in requests.post(US, data=LIST).text
        assert len(ses.calls) == 1


@responses.activate
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("v1/email/identities", ""),
        ("v1/email/outbound-emails", '{"Html": "<a href=https://example.com/?a=b&Action=Go>"}'),
        ("", "SubAction=ListIdentities"),
        ("health", ""),
    ],
    ids=["Pinpoint", "Pinpoint, a link in the body", "no action", "other path"],
)
@pytest.mark.parametrize("unsupported", ["fail", "passthrough"])
def test_not_for_ses(path: str, body: str, unsupported: Any) -> None:
    """A request that is not for SES, such as one for Pinpoint on the same host, is unchanged, including its body."""
    responses.post(f"{US}{path}", body="from outside")
    with mock_ses_verify(unsupported=unsupported) as ses:
        assert requests.post(f"{US}{path}", data=io.BytesIO(body.encode())).text == "from outside"
    assert ses.calls == []
    assert (responses.calls[0].request.body or b"") == body.encode()


@responses.activate
@pytest.mark.parametrize(
    "url", ["https://email.example.com/", "https://myemail.us-east-1.amazonaws.com/", "https://s3.amazonaws.com/"]
)
def test_requests_to_other_hosts_are_unaffected(url: str) -> None:
    """Requests to other hosts are not affected."""
    responses.get(url, body="from outside")
    with mock_ses_verify():
        assert requests.get(url, params=LIST).text == "from outside"


def test_requests_session_made_before_is_answered() -> None:
    """A session that was made before is answered, with its own adapter and hook."""
    seen = []

    class Refusing(requests.adapters.HTTPAdapter):
        pass

    with requests.Session() as session:
        session.mount("https://", Refusing())
        session.hooks["response"].append(lambda answer, **_: seen.append(answer.status_code))
        with mock_ses_verify() as ses:
            assert session.post(US, data=LIST).ok
            assert isinstance(session.get_adapter("https://example.com/"), Refusing)
            session.get_adapter(US).close()
        assert isinstance(session.get_adapter(US), Refusing)
    assert (seen, len(ses.calls)) == ([200], 1)


@responses.activate
def test_session_with_its_own_way_to_adapters_is_answered() -> None:
    """So is a session whose `get_adapter` is its own, as requests-mock leaves it; other hosts get what they got."""
    responses.get("https://example.com/", body="from outside")
    with requests.Session() as session:
        session.get_adapter = functools.partial(session.get_adapter)  # type: ignore[method-assign]
        with mock_ses_verify() as ses:
            assert "ListIdentitiesResponse" in session.post(US, data=LIST).text
            assert session.get("https://example.com/").text == "from outside"
        assert len(ses.calls) == 1


def test_last_scope_restores_requests() -> None:
    """Scopes nest and may stop in any order; the last one restores requests."""
    places = [(requests.Session, "get_adapter"), (requests.adapters.HTTPAdapter, "send")]
    before = [vars(owner)[name] for owner, name in places]
    outer, inner = (
        mock_ses_verify(rate=None),
        mock_ses_verify(rate=None, identities=["example.com"], region="us-east-1"),
    )
    outer.start()
    ses = inner.start()
    requests.post(US, data=LIST)
    outer.stop()
    assert "example.com" in requests.post(US, data=LIST).text
    inner.stop()
    assert len(ses.calls) == 2
    assert [vars(owner)[name] for owner, name in places] == before
