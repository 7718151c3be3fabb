"""SES without botocore: requests to its endpoints, as they stand on the wire."""

from __future__ import annotations

from typing import Any

import pytest
import requests
import responses
from fidelity import aws

from ses_stub import SESStub, SESStubError, UnhandledOperation, VirtualClock, mock_ses_verify

moto = pytest.importorskip("moto")

LIST = {"Action": "ListIdentities", "Version": "2010-12-01"}
US = "https://email.us-east-1.amazonaws.com/"
HOSTS = {
    "email.us-east-1.amazonaws.com": "us-east-1",
    "email.us-east-1.api.aws": "us-east-1",
    "email-fips.us-west-2.amazonaws.com": "us-west-2",
    "email-fips.us-gov-west-1.api.aws": "us-gov-west-1",
    "email.cn-north-1.amazonaws.com.cn": "cn-north-1",
    "email.cn-north-1.api.amazonwebservices.com.cn": "cn-north-1",
    "email.eusc-de-east-1.amazonaws.eu": "eusc-de-east-1",
    "email.eusc-de-east-1.api.amazonwebservices.eu": "eusc-de-east-1",
    "email.us-iso-east-1.c2s.ic.gov": "us-iso-east-1",
    "email.us-iso-east-1.api.aws.ic.gov": "us-iso-east-1",
    "email.us-isob-east-1.sc2s.sgov.gov": "us-isob-east-1",
    "email.us-isob-east-1.api.aws.scloud": "us-isob-east-1",
    "email.eu-isoe-west-1.cloud.adc-e.uk": "eu-isoe-west-1",
    "email.eu-isoe-west-1.api.cloud-aws.adc-e.uk": "eu-isoe-west-1",
    "email.us-isof-south-1.csp.hci.ic.gov": "us-isof-south-1",
    "email.us-isof-south-1.api.aws.hci.ic.gov": "us-isof-south-1",
}


@aws("documented", "the endpoint rules that botocore ships")
@pytest.mark.parametrize(("host", "region"), HOSTS.items())
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_hosts(method: str, host: str, region: str) -> None:
    """Every endpoint of SES is answered for its region, asked by GET or by POST."""
    with mock_ses_verify(rate=None) as ses:
        ses.view(region=region).add_identity("example.com")
        query = {"params" if method == "GET" else "data": LIST}
        answer = requests.request(method, f"https://{host}/", **query)  # type: ignore[arg-type]
        assert answer.status_code == 200
        assert "<member>example.com</member>" in answer.text
        assert (ses.calls.last.operation, ses.calls.last.region) == ("ListIdentities", region)


def test_response() -> None:
    """The answer is a response like any other."""
    with mock_ses_verify():
        answer = requests.post(US, data=LIST)
    assert (answer.ok, answer.url, answer.reason) == (True, US, "OK")
    assert answer.headers["content-type"] == "text/xml"
    assert answer.headers["x-amzn-RequestId"] in answer.text
    assert answer.content == answer.text.encode()


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
    """An access key of twelve digits is the account; the host tells the region."""
    with mock_ses_verify() as ses:
        requests.get(US, params={**LIST, **query}, headers=headers)
        assert (ses.calls.last.account_id, ses.calls.last.region) == ("000000000042", "us-east-1")


def test_other_access_key() -> None:
    """Any other access key is of the scope's account."""
    with mock_ses_verify(account_id="000000000007") as ses:
        requests.get(US, params=LIST, headers={"Authorization": SIGNED.replace("000000000042", "AKIDEXAMPLE")})
        assert ses.calls.last.account_id == "000000000007"


def test_version_2() -> None:
    """Paths of SES v2 are answered in JSON, and errors have their type in a header."""
    with mock_ses_verify(identities=["a+b@example.com"], region="us-east-1", rate=None) as ses:
        found = requests.get(f"{US}v2/email/identities/a%2Bb%40example.com").json()
        assert found["VerificationStatus"] == "SUCCESS"
        answer = requests.post(f"{US}v2/email/identities", json={"EmailIdentity": "a+b@example.com"})
        assert (answer.status_code, answer.headers["x-amzn-ErrorType"]) == (400, "AlreadyExistsException")
        assert ses.calls.last.service == "sesv2"


@aws("recorded", "mkrn/cdk-ses-template-mailer issue 11; no retry is made for who calls without an SDK")
def test_throttle() -> None:
    """Whoever calls by HTTP gets the throttle's answer at once."""
    with mock_ses_verify(clock=VirtualClock(), region="us-east-1") as ses:
        answers = [requests.post(US, data=LIST) for _ in range(2)]
        assert [one.status_code for one in answers] == [200, 400]
        assert "<Code>Throttling</Code>" in answers[1].text
        assert (len(ses.calls), ses.report().waited) == (2, 0)


# What is not answered.


def test_unknown_operation() -> None:
    """An operation that nobody answers raises, out of requests."""
    with mock_ses_verify(), pytest.raises(UnhandledOperation, match="ListReceiptFilters"):
        requests.post(US, data={"Action": "ListReceiptFilters", "Version": "2010-12-01"})


def test_unknown_operation_beside_moto() -> None:
    """While moto is active it answers the rest."""
    with moto.mock_aws(), mock_ses_verify() as ses:
        answer = requests.post(US, data={"Action": "ListReceiptRuleSets", "Version": "2010-12-01"})
        assert "ListReceiptRuleSetsResponse" in answer.text
        assert requests.post(US, data=LIST).ok
        assert ses.calls.operations == ["ListIdentities"]


@responses.activate
def test_passthrough() -> None:
    """With ``unhandled="passthrough"`` it goes out, here to a mock of the outside."""
    responses.post(US, body="from outside")
    with mock_ses_verify(unhandled="passthrough") as ses:
        answer = requests.post(US, data={"Action": "ListReceiptFilters", "Version": "2010-12-01"})
        assert answer.text == "from outside"
        assert "ListIdentitiesResponse" in requests.post(US, data=LIST).text
        assert len(ses.calls) == 1


@responses.activate
@pytest.mark.parametrize("path", ["v1/email/identities", "health"])
@pytest.mark.parametrize("unhandled", ["error", "passthrough"])
def test_not_for_ses(path: str, unhandled: Any) -> None:
    """What is no request for SES on its host, such as Pinpoint's, goes where it went before."""
    responses.get(f"{US}{path}", body="from outside")
    with mock_ses_verify(unhandled=unhandled) as ses:
        assert requests.get(f"{US}{path}").text == "from outside"
    assert ses.calls == []


@responses.activate
@pytest.mark.parametrize(
    "url", ["https://email.example.com/", "https://myemail.us-east-1.amazonaws.com/", "https://s3.amazonaws.com/"]
)
def test_other_hosts(url: str) -> None:
    """Other hosts are left alone."""
    responses.get(url, body="from outside")
    with mock_ses_verify():
        assert requests.get(url, params=LIST).text == "from outside"


def test_session_made_before() -> None:
    """A session of an earlier time, with an adapter and a hook of its own."""
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


def test_restored() -> None:
    """Scopes nest and may stop out of order; the last one gives requests back what was there."""
    before = vars(requests.Session)["get_adapter"]
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
    assert vars(requests.Session)["get_adapter"] is before


# For other libraries.


@pytest.mark.parametrize(
    "body", ["Action=ListIdentities&Version=2010-12-01", b"Action=ListIdentities&Version=2010-12-01"]
)
def test_respond(body: str | bytes) -> None:
    """A handle answers one request by itself."""
    ses = SESStub(region="eu-west-1", identities=["example.com"])
    status, headers, answer = ses.respond("POST", "https://email.eu-west-1.amazonaws.com/", {}, body)
    assert (status, headers["Content-Type"]) == (200, "text/xml")
    assert b"<member>example.com</member>" in answer


def test_respond_on_another_host() -> None:
    """On another host region and account are those of the signature, else those of the handle."""
    ses = SESStub(region="us-east-1").view(region="ap-south-1", account_id="000000000009")
    query = "Action=ListIdentities&Version=2010-12-01"
    ses.respond("POST", "http://localhost:4566/", {"Authorization": SIGNED}, query)
    ses.respond("POST", "http://localhost:4566/", None, query)
    assert [(call.region, call.account_id) for call in ses.calls] == [
        ("eu-west-1", "000000000042"),
        ("ap-south-1", "000000000009"),
    ]


def test_respond_to_another() -> None:
    """What is no request for SES is told so."""
    with pytest.raises(SESStubError, match="GET http://localhost/ is no request for SES"):
        SESStub().respond("GET", "http://localhost/")
