"""Scripts: every answer that shows a status, of either API, shows the script's, and is one step of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError
from clients import SESSION, STATUSES, known, make_client, names, shared_client, status

from ses_stub import SESStub, VirtualClock, mock_ses_verify

SITE, USER = "example.com", "ann@example.com"
#: Not yet in the oldest botocore.
V2_HAS_STATUS = known("GetEmailIdentityResponse", VerificationStatus=True) != {}
HAS_FILTER = "Filter" in SESSION.get_service_model("sesv2").operation_model("ListEmailIdentities").input_shape.members

STEPS: list[Any] = [("Pending", 2), "Success", "TemporaryFailure", "Failed", "NotStarted"]
ANSWERS = ["Pending", "Pending", "Success", "TemporaryFailure", "Failed", "NotStarted", "NotStarted"]
MAY_SEND = [one in ("Success", "TemporaryFailure") for one in ANSWERS]


@pytest.fixture
def v1(ses: SESStub) -> Any:
    return shared_client(retries={"mode": "standard", "total_max_attempts": 1})


@pytest.fixture
def v2(ses: SESStub) -> Any:
    return shared_client("sesv2", retries={"mode": "standard", "total_max_attempts": 1})


def may_send(v2: Any, name: str) -> bool:
    found: bool = v2.get_email_identity(EmailIdentity=name)["VerifiedForSendingStatus"]
    return found


def listed(v2: Any, **params: Any) -> dict[str, Any]:
    """What ListEmailIdentities shows, by name."""
    return {one["IdentityName"]: one for one in v2.list_email_identities(**params)["EmailIdentities"]}


def verified(v1: Any) -> list[str]:
    found: list[str] = v1.list_verified_email_addresses()["VerifiedEmailAddresses"]
    return found


@pytest.mark.parametrize("name", [SITE, USER])
def test_v2_shows_whether_a_scripted_identity_may_send(ses: SESStub, v2: Any, name: str) -> None:
    """In GetEmailIdentity and in ListEmailIdentities, each of whose answers is a step."""
    ses.script(name, STEPS)
    assert [may_send(v2, name) for _ in ANSWERS] == MAY_SEND
    ses.script(name, STEPS)
    assert [listed(v2)[name]["SendingEnabled"] for _ in ANSWERS] == MAY_SEND


@pytest.mark.skipif(not V2_HAS_STATUS, reason="this botocore does not know the status of v2")
@pytest.mark.parametrize("name", [SITE, USER])
def test_v2_shows_the_scripted_status(ses: SESStub, v2: Any, name: str) -> None:
    """The status itself is shown in the words of v2, and in the same answer what follows from it."""
    wanted = list(zip([STATUSES[one] for one in ANSWERS], MAY_SEND, strict=True))
    ses.script(name, STEPS)
    answers = [v2.get_email_identity(EmailIdentity=name) for _ in ANSWERS]
    assert [(one["VerificationStatus"], one["VerifiedForSendingStatus"]) for one in answers] == wanted
    ses.script(name, STEPS)
    answers = [listed(v2)[name] for _ in ANSWERS]
    assert [(one["VerificationStatus"], one["SendingEnabled"]) for one in answers] == wanted


def test_verified_addresses_follow_the_script(ses: SESStub, v1: Any) -> None:
    """ListVerifiedEmailAddresses shows of each address whether it is verified, also by leaving it out."""
    ses.script(USER, STEPS)
    ses.script(SITE, ["Success", "Failed"])
    assert [verified(v1) for _ in ANSWERS] == [[USER] if one == "Success" else [] for one in ANSWERS]
    assert status(v1, SITE) == "Success"


def test_answers_of_all_operations_count_together(ses: SESStub, v1: Any, v2: Any) -> None:
    """Whichever operation has shown a step, the next answer shows the next one."""
    ses.script(USER, ["Pending", "Success", "Failed", "TemporaryFailure", "Success"])
    assert status(v1, USER) == "Pending"
    assert may_send(v2, USER) is True
    assert verified(v1) == []
    assert listed(v2)[USER]["SendingEnabled"] is True
    assert verified(v1) == [USER]


def test_script_holds_in_every_answer_whatever_happens(ses: SESStub, v1: Any, v2: Any) -> None:
    """A deadline that passes or a link that is clicked in between changes no answer."""
    ses.script(USER, [("Pending", 3), "Success"])
    ses.click_verification_link(USER)
    assert may_send(v2, USER) is False
    ses.click_verification_link(USER)
    assert listed(v2)[USER]["SendingEnabled"] is False
    ses.click_verification_link(USER)
    assert verified(v1) == []
    ses.clock.advance(hours=24)
    assert verified(v1) == [USER]


def test_page_counts_for_the_identities_on_it(ses: SESStub, v1: Any, v2: Any) -> None:
    """A page of ListEmailIdentities is no step for those on other pages."""
    sites = ["a.com", "b.com", "c.com"]
    for name in sites:
        ses.script(name, ["Pending", "Success"])
    token = v2.list_email_identities(PageSize=1)["NextToken"]
    assert list(listed(v2, PageSize=1, NextToken=token)) == ["b.com"]
    assert [status(v1, name) for name in sites] == ["Success", "Success", "Pending"]


@pytest.mark.skipif(not HAS_FILTER, reason="this botocore has no filter")
def test_filter_by_status_counts_for_those_it_leaves_out(ses: SESStub, v1: Any, v2: Any) -> None:
    """A list of what is verified shows of the rest that it is not; the other filters show nothing of a status."""
    for name in ("a.com", "b.com", "ann@a.com"):
        ses.script(name, [("Pending", 2), "Success"])
    filters = {"VERIFICATION_STATUS": "SUCCESS", "IDENTITY_TYPE": "DOMAIN", "IDENTITY_NAME_CONTAINS": "a.com"}
    assert [list(listed(v2, Filter=filters)) for _ in range(3)] == [[], [], ["a.com"]]
    for name in ("b.com", "ann@a.com"):
        assert [status(v1, name) for _ in range(3)] == ["Pending", "Pending", "Success"]


def test_address_may_send_as_the_script_of_its_domain_says(ses: SESStub, v1: Any, v2: Any) -> None:
    """Its own answers are no step of its domain's script."""
    ses.add_identity(USER, "Pending")
    ses.script(SITE, [("Success", 2), "Failed"])
    ses.remove_txt(SITE)
    ses.clock.advance(hours=80)
    assert [may_send(v2, USER) for _ in range(4)] == [True] * 4
    assert [status(v1, SITE) for _ in range(3)] == ["Success", "Success", "Failed"]
    assert may_send(v2, USER) is False


def test_other_answers_are_no_step(ses: SESStub, v1: Any, v2: Any) -> None:
    """What shows no status of the identity does not count: names, other attributes, other identities, refusals."""
    ses.script(SITE, ["Pending", "Success"])
    ses.add_identity(USER)
    assert names(v1) == [SITE, USER]
    assert verified(v1) == [USER]
    v1.get_identity_dkim_attributes(Identities=[SITE])
    v2.get_email_identity_policies(EmailIdentity=SITE)
    assert may_send(v2, USER)
    with pytest.raises(ClientError):
        may_send(v2, "nobody@example.com")
    assert [status(v1, SITE) for _ in range(2)] == ["Pending", "Success"]


def test_throttled_v2_call_is_no_step() -> None:
    """A call that the throttle refuses shows nothing."""
    with mock_ses_verify(clock=VirtualClock()) as ses:
        v2 = make_client("sesv2", retries={"mode": "standard", "total_max_attempts": 1})
        ses.script(USER, [("Pending", 2), "Success"])
        for ask in (lambda: may_send(v2, USER), lambda: listed(v2)[USER]["SendingEnabled"]):
            assert ask() is False
            with pytest.raises(ClientError, match="Rate exceeded"):
                ask()
        ses.clock.advance(seconds=1)
        assert may_send(v2, USER)


FAILURES: dict[str, dict[str, Any]] = {
    "error": {"error_code": "InternalFailure"},
    "throttling": {"error_code": "Throttling"},
    "exception": {"exception": ZeroDivisionError()},
    "status": {"status": 503},
    "body": {"body": b"<oops"},
}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
def test_call_that_fails_is_no_step(ses: SESStub, v1: Any, v2: Any, failure: dict[str, Any]) -> None:
    """An injected failure of any kind takes the place of the answer."""
    ses.script(USER, ["Pending", "Success"])
    ses.inject(times=4, **failure)
    asks: list[Callable[[], object]] = [
        lambda: status(v1, USER),
        lambda: verified(v1),
        lambda: may_send(v2, USER),
        lambda: listed(v2),
    ]
    for ask in asks:
        # A client may take a broken body for an empty answer.
        with suppress(ClientError, ResponseParserError, ZeroDivisionError, KeyError):
            ask()
    assert ses.calls.count(answered=False) == len(asks)
    assert [status(v1, USER) for _ in range(2)] == ["Pending", "Success"]
