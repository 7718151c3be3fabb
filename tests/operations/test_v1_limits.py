"""How many identities a call may name, in which form, and how often it may be made."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import ClientError
from clients import SESSION, make_client, refused, shared_client
from fidelity import aws

from ses_stub import SESStub, VirtualClock, mock_ses_verify
from ses_stub._operations.tables import V1

SITE, USER = "example.com", "ann@example.com"
ARN = "arn:aws:ses:us-east-1:123456789012:identity/"
#: Each operation with the member of its response, and the entry of an identity without settings.
GETTERS: dict[str, tuple[str, dict[str, Any]]] = {
    "get_identity_verification_attributes": ("VerificationAttributes", {"VerificationStatus": "Success"}),
    "get_identity_dkim_attributes": (
        "DkimAttributes",
        {"DkimEnabled": False, "DkimVerificationStatus": "NotStarted"},
    ),
    "get_identity_mail_from_domain_attributes": (
        "MailFromDomainAttributes",
        {"BehaviorOnMXFailure": "UseDefaultValue"},
    ),
    "get_identity_notification_attributes": (
        "NotificationAttributes",
        {
            "ForwardingEnabled": True,
            "HeadersInBounceNotificationsEnabled": False,
            "HeadersInComplaintNotificationsEnabled": False,
            "HeadersInDeliveryNotificationsEnabled": False,
        },
    ),
}
of_each_getter = pytest.mark.parametrize("getter", GETTERS)
#: The guide exempts them from the throttle.
SENDS = {"SendEmail", "SendRawEmail", "SendTemplatedEmail"}


@pytest.fixture
def client(ses: SESStub) -> Any:
    return shared_client()


def entries_of(client: Any, getter: str, names: list[str]) -> Any:
    """The entries in an operation's response, by identity."""
    return getattr(client, getter)(Identities=names)[GETTERS[getter][0]]


# Identities.


@aws("documented", 'Reference, the four operations: "up to 100 identities at a time"')
@of_each_getter
def test_each_getter_accepts_100_identities(ses: SESStub, client: Any, getter: str) -> None:
    """A call accepts 100 identities."""
    names = [f"u{i}@example.com" for i in range(100)]
    for name in names:
        ses.add_identity(name)
    assert entries_of(client, getter, names) == dict.fromkeys(names, GETTERS[getter][1])


@aws("documented", "Same; code and text are inferred from the validator of another member")
@pytest.mark.parametrize("name", [None, USER], ids=["different", "all the same"])
@of_each_getter
def test_each_getter_refuses_101_identities(client: Any, getter: str, name: str | None) -> None:
    """A call with 101 identities is refused, even if they are all the same name."""
    names = [name or f"u{i}@example.com" for i in range(101)]
    assert refused(getattr(client, getter), Identities=names) == (
        "ValidationError",
        400,
        f"1 validation error detected: Value '[{', '.join(names)}]' at 'identities' failed to satisfy constraint:"
        " Member must have length less than or equal to 100",
    )


@pytest.mark.parametrize(("most", "passes"), [(2, False), (3, True), (None, True)])
@of_each_getter
def test_limit_is_an_option(getter: str, most: int | None, passes: bool) -> None:
    """The option max_identities sets the limit of all four operations; None is no limit."""
    with mock_ses_verify(rate=None, max_identities=most):
        client = make_client()
        if passes:
            assert entries_of(client, getter, ["a.example", "b.example", "c.example"]) == {}
        else:
            code, _, text = refused(getattr(client, getter), Identities=["a.example", "b.example", "c.example"])
            assert code == "ValidationError"
            assert text.endswith(" less than or equal to 2")


@aws("documented", "awscli's examples: an unknown identity \"won't appear in the output\"")
@of_each_getter
def test_each_getter_omits_unknown_identities(ses: SESStub, client: Any, getter: str) -> None:
    """Unknown and malformed identities are omitted. If none is left, or none is named, the response is empty."""
    ses.add_identity(USER)
    unknown = ["example.org", "bob@example.com", "ANN@example.com", "no identity", "", "ä"]
    assert entries_of(client, getter, [*unknown, USER]) == {USER: GETTERS[getter][1]}
    assert entries_of(client, getter, unknown) == {}
    assert entries_of(client, getter, []) == {}


@aws("documented", 'Guide, "Verifying identities": domains are not case sensitive; that the key is lower is inferred')
@of_each_getter
def test_each_getter_answers_domains_in_lower_case(ses: SESStub, client: Any, getter: str) -> None:
    """A domain is found in any case, and returned once in lower case."""
    ses.add_identity(SITE)
    found = entries_of(client, getter, ["Example.COM", "EXAMPLE.com", SITE])
    assert found.keys() == {SITE}
    assert found[SITE].items() >= GETTERS[getter][1].items()


@aws("documented", "Reference, GetIdentityNotificationAttributes takes ARNs; of the others it is not said")
@of_each_getter
def test_only_notification_attributes_accept_arns(ses: SESStub, client: Any, getter: str) -> None:
    """Notifications can be requested by ARN, which is then the key; the others do not know an ARN."""
    ses.add_identity(USER)
    takes_arns = getter == "get_identity_notification_attributes"
    wanted = {ARN + USER: GETTERS[getter][1]} if takes_arns else {}
    assert entries_of(client, getter, [ARN + SITE, ARN + USER]) == wanted


# Frequency.


def _least(shape: Any) -> Any:
    """The smallest value that a client may send for a shape."""
    if shape.type_name == "structure":
        return {name: _least(shape.members[name]) for name in shape.required_members}
    least = {"string": "x", "boolean": False, "blob": b"x", "list": [], "integer": 1}
    return least[shape.type_name]


def _calls(client: Any) -> list[str | None]:
    """Calls every operation once, with minimal parameters; returns the error codes."""
    codes = []
    model = SESSION.get_service_model("ses")
    for operation in V1:
        shape = model.operation_model(operation).input_shape
        try:
            client._make_api_call(operation, _least(shape) if shape is not None else {})
            codes.append(None)
        except ClientError as error:
            codes.append(error.response["Error"]["Code"])
    return codes


@aws("documented", 'Guide, "Service quotas": "All actions (except for" the three sends) "are throttled at one request"')
def test_every_operation_has_a_bucket() -> None:
    """Each operation may be called once at the same time as all others; send operations any number of times."""
    with mock_ses_verify(clock=VirtualClock()) as ses:
        client = make_client(retries={"total_max_attempts": 1})
        for _ in range(2):
            assert "Throttling" not in _calls(client)
            for seconds in (0, 0.999999):
                ses.clock.advance(seconds=seconds)
                throttled = {name for name, code in zip(V1, _calls(client), strict=True) if code == "Throttling"}
                assert throttled == V1.keys() - SENDS
            ses.clock.advance(seconds=0.000001)


@aws("recorded", "mkrn/cdk-ses-template-mailer issue 11, of a template operation")
@pytest.mark.parametrize("operation", sorted(V1.keys() - SENDS))
def test_every_operation_refuses_alike(operation: str) -> None:
    """The throttle of each operation returns the same error, before the request is validated."""
    with mock_ses_verify(clock=VirtualClock()):
        client = make_client(retries={"total_max_attempts": 1}, parameter_validation=False)
        with suppress(ClientError):
            client._make_api_call(operation, {})
        error = ("Throttling", 400, "Rate exceeded")
        assert refused(client._make_api_call, operation_name=operation, api_params={}) == error
