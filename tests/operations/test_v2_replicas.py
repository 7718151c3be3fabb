"""SES v2: replicas, which have the DKIM keys of the same domain in another region (Deterministic Easy DKIM)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from clients import answered, known, make_client, refused, shared_client, status
from fidelity import aws

from ses_stub import SESStub, SESStubError, VirtualClock, mock_ses_verify
from ses_stub._model.place import Place
from ses_stub._model.verification import delete

SITE, USER = "example.com", "ann@example.com"
PARENT, REPLICA = "us-east-1", "eu-west-1"
ORIGIN = "AWS_SES_US_EAST_1"
KEY = {"DomainSigningSelector": "sel1", "DomainSigningPrivateKey": "MIICXAIBAAKBgQC="}
SHORT = {"NextSigningKeyLength": "RSA_1024_BIT"}
#: CreateEmailIdentity can make a replica in a newer botocore only, PutEmailIdentityDkimSigningAttributes in any.
CREATES = bool(known("DkimSigningAttributes", DomainSigningAttributesOrigin=""))
creates = pytest.mark.skipif(not CREATES, reason="this botocore has no DomainSigningAttributesOrigin")
informs = pytest.mark.skipif(
    not known("GetEmailIdentityResponse", VerificationInfo={}), reason="this botocore has no VerificationInfo"
)


@pytest.fixture
def ses() -> Iterator[SESStub]:
    with mock_ses_verify(rate=None, clock=VirtualClock(), region=PARENT) as stub:
        yield stub


@pytest.fixture
def parent(ses: SESStub) -> Any:
    return shared_client("sesv2", PARENT, parameter_validation=False)


@pytest.fixture
def replica(ses: SESStub) -> Any:
    return shared_client("sesv2", REPLICA, parameter_validation=False)


def change(client: Any, origin: str, **signing: str) -> Any:
    attributes = {"SigningAttributes": signing} if signing else {}
    return answered(
        client.put_email_identity_dkim_signing_attributes(
            EmailIdentity=SITE, SigningAttributesOrigin=origin, **attributes
        )
    )


def replicate(client: Any, origin: str = ORIGIN) -> None:
    """Makes a replica, in any version of botocore."""
    client.create_email_identity(EmailIdentity=SITE)
    change(client, origin)


def create_replica(client: Any, origin: str = ORIGIN, **signing: str) -> Any:
    return client.create_email_identity(
        EmailIdentity=SITE, DkimSigningAttributes={"DomainSigningAttributesOrigin": origin, **signing}
    )


def dkim(client: Any, name: str = SITE) -> Any:
    return client.get_email_identity(EmailIdentity=name)["DkimAttributes"]


def statuses(client: Any) -> tuple[str, bool]:
    """The status of DKIM, and whether the domain may send."""
    answer = client.get_email_identity(EmailIdentity=SITE)
    return answer["DkimAttributes"]["Status"], answer["VerifiedForSendingStatus"]


def error_type(client: Any) -> str | None:
    found: str | None = client.get_email_identity(EmailIdentity=SITE)["VerificationInfo"].get("ErrorType")
    return found


# Keys.


@creates
@aws("documented", "Guide, DEED: the parent's keys are replicated, its records are published once")
def test_replica_has_the_keys_of_its_parent(ses: SESStub, parent: Any, replica: Any) -> None:
    """A replica has its parent's tokens and needs no records of its own: it is verified by those of the parent."""
    tokens = parent.create_email_identity(EmailIdentity=SITE)["DkimAttributes"]["Tokens"]
    ses.publish_dkim(SITE)
    first = create_replica(replica)["DkimAttributes"]
    assert (first["SigningAttributesOrigin"], first["Tokens"], first["SigningEnabled"]) == (ORIGIN, tokens, True)
    assert statuses(replica) == ("SUCCESS", True)
    assert dkim(replica) == {**dkim(parent), "SigningAttributesOrigin": ORIGIN}


@aws("documented", "service model, PutEmailIdentityDkimSigningAttributes: the values of SigningAttributesOrigin")
def test_existing_domain_becomes_a_replica(ses: SESStub, parent: Any, replica: Any) -> None:
    """A domain becomes a replica by a change of its keys, and has its own again by another."""
    tokens = parent.create_email_identity(EmailIdentity=SITE)["DkimAttributes"]["Tokens"]
    own = replica.create_email_identity(EmailIdentity=SITE)["DkimAttributes"]["Tokens"]
    assert own != tokens
    answer = change(replica, ORIGIN)
    assert (answer["DkimStatus"], answer["DkimTokens"]) == ("PENDING", tokens)
    assert change(replica, "AWS_SES")["DkimTokens"] == own
    assert dkim(replica)["SigningAttributesOrigin"] == "AWS_SES"


@aws("inferred", "the records are those of the parent, so both are verified together")
def test_replica_is_verified_with_its_parent(ses: SESStub, parent: Any, replica: Any) -> None:
    """A replica is PENDING as long as its parent is, verified with it, and loses its records with it."""
    parent.create_email_identity(EmailIdentity=SITE)
    replicate(replica)
    assert (statuses(parent), statuses(replica)) == (("PENDING", False), ("PENDING", False))
    ses.publish_dkim(SITE)
    assert (statuses(parent), statuses(replica)) == (("SUCCESS", True), ("SUCCESS", True))
    assert ses.view(REPLICA).identity(SITE).status == "Success"
    ses.remove_dkim(SITE)
    assert (statuses(parent)[0], statuses(replica)[0]) == ("TEMPORARY_FAILURE", "TEMPORARY_FAILURE")


@aws("inferred", "the records are those of the parent")
def test_publishing_the_records_of_a_replica_verifies_its_parent(ses: SESStub, parent: Any, replica: Any) -> None:
    """``publish_dkim`` of a replica publishes the records that it shares with its parent."""
    parent.create_email_identity(EmailIdentity=SITE)
    replicate(replica)
    ses.view(REPLICA).publish_dkim(SITE)
    assert (statuses(parent), statuses(replica)) == (("SUCCESS", True), ("SUCCESS", True))


@aws("documented", "Guide, DEED: changes of the parent's keys are propagated to all replicas")
def test_change_of_the_parents_keys_reaches_its_replicas(ses: SESStub, parent: Any, replica: Any) -> None:
    """New keys of the parent are those of its replicas, which stay verified while the new records are looked for."""
    parent.create_email_identity(EmailIdentity=SITE)
    replicate(replica)
    ses.publish_dkim(SITE)
    ses.clock.advance(hours=25)
    tokens = change(parent, "AWS_SES", **SHORT)["DkimTokens"]
    shown = dkim(replica)
    assert shown == {**dkim(parent), "SigningAttributesOrigin": ORIGIN}
    assert (shown["Tokens"], shown["CurrentSigningKeyLength"]) == (tokens, "RSA_1024_BIT")
    assert statuses(replica) == ("PENDING", True)
    ses.publish_dkim(SITE)
    assert statuses(replica) == ("SUCCESS", True)


@aws("inferred", "as for the parent: the time to publish the new records begins anew")
def test_change_of_keys_restarts_the_time_of_a_pending_replica(ses: SESStub, parent: Any, replica: Any) -> None:
    """While a replica is PENDING, new keys of the parent give it another 72 hours."""
    parent.create_email_identity(EmailIdentity=SITE)
    replicate(replica)
    ses.clock.advance(hours=71)
    change(parent, "AWS_SES", **SHORT)
    ses.clock.advance(hours=71)
    assert statuses(replica)[0] == "PENDING"
    ses.clock.advance(hours=1)
    assert statuses(replica)[0] == "FAILED"


@aws("inferred", "as after any failure: it must be requested again")
def test_failed_replica_gets_new_keys_and_stays_failed(ses: SESStub, parent: Any, replica: Any) -> None:
    """A replica that has FAILED has the parent's new keys, but is looked at only after a new request."""
    parent.create_email_identity(EmailIdentity=SITE)
    replicate(replica)
    ses.clock.advance(hours=72)
    tokens = change(parent, "AWS_SES", **SHORT)["DkimTokens"]
    ses.publish_dkim(SITE)
    assert (dkim(replica)["Tokens"], statuses(replica)[0]) == (tokens, "FAILED")
    assert change(replica, ORIGIN)["DkimStatus"] == "SUCCESS"


@aws("inferred", "as after any change of keys")
def test_domain_with_an_own_key_becomes_a_replica_without_a_gap(ses: SESStub, parent: Any, replica: Any) -> None:
    """A verified domain that becomes a replica stays verified while its parent is PENDING."""
    replica.create_email_identity(EmailIdentity=SITE, DkimSigningAttributes=KEY)
    ses.view(REPLICA).publish_dkim(SITE)
    parent.create_email_identity(EmailIdentity=SITE)
    change(replica, ORIGIN)
    assert statuses(replica) == ("PENDING", True)
    ses.publish_dkim(SITE)
    assert statuses(replica) == ("SUCCESS", True)


@aws("reported", "floci pull request 1904, probed: an address shows the DKIM of its domain")
def test_address_shows_the_dkim_of_a_replica(ses: SESStub, parent: Any, replica: Any) -> None:
    """v1 shows the replica's tokens, and an address below it its DKIM."""
    tokens = parent.create_email_identity(EmailIdentity=SITE)["DkimAttributes"]["Tokens"]
    replicate(replica)
    ses.view(REPLICA).add_identity(USER)
    assert dkim(replica, USER) == dkim(replica)
    v1 = make_client("ses", REPLICA)
    shown = v1.get_identity_dkim_attributes(Identities=[SITE])["DkimAttributes"][SITE]
    assert shown == {"DkimEnabled": True, "DkimVerificationStatus": "Pending", "DkimTokens": tokens}


@aws("inferred", "the keys of one account are no concern of another")
def test_parent_belongs_to_the_same_account(ses: SESStub, replica: Any) -> None:
    """The same domain of another account is no parent."""
    ses.view(PARENT, "210987654321").add_identity(SITE, dkim="Success")
    replicate(replica)
    assert dkim(replica)["Tokens"] == []


def test_preset_keys_reach_replicas(ses: SESStub, replica: Any) -> None:
    """``add_identity(…, dkim=…)`` changes the keys that replicas have."""
    replicate(replica)
    ses.add_identity(SITE, dkim="Success")
    assert statuses(replica) == ("SUCCESS", True)
    ses.add_identity(SITE, dkim="NotStarted")
    assert statuses(replica)[0] == "TEMPORARY_FAILURE"
    ses.add_identity(SITE, dkim="Success")
    assert statuses(replica) == ("SUCCESS", True)


@pytest.mark.parametrize("wanted", ["Pending", "NotStarted"])
def test_preset_of_a_replica_leaves_its_parent_alone(ses: SESStub, parent: Any, replica: Any, wanted: str) -> None:
    """``add_identity(…, dkim=…)`` gives a replica its own keys again, and removes no records of its parent."""
    parent.create_email_identity(EmailIdentity=SITE)
    ses.publish_dkim(SITE)
    replicate(replica)
    ses.view(REPLICA).add_identity(SITE, "Pending", dkim=wanted)
    assert dkim(replica)["SigningAttributesOrigin"] == "AWS_SES"
    assert statuses(parent) == ("SUCCESS", True)


def test_publishing_keys_that_a_replica_does_not_have(ses: SESStub, replica: Any) -> None:
    """``publish_dkim`` of a replica without keys says why it has none."""
    replicate(replica)
    with pytest.raises(SESStubError, match=r"'example\.com' has no DKIM keys: REPLICATION_PRIMARY_NOT_FOUND"):
        ses.view(REPLICA).publish_dkim(SITE)


def test_parent_that_the_test_deletes_is_not_found(ses: SESStub, parent: Any, replica: Any) -> None:
    """A parent that is deleted in spite of its replicas, as the page can, leaves them without keys."""
    parent.create_email_identity(EmailIdentity=SITE)
    ses.publish_dkim(SITE)
    replicate(replica)
    with ses._service.locked() as now:
        state = ses._service.state
        delete(Place(state, state.backend(ses.account_id, PARENT), now), SITE)
    assert statuses(replica)[0] == "TEMPORARY_FAILURE"
    assert "REPLICATION_PRIMARY_NOT_FOUND" in str(ses.timeline())


@pytest.mark.parametrize("verify", [True, timedelta(hours=5)], ids=["at-once", "later"])
def test_auto_verify_verifies_a_replica_with_its_parent(verify: bool | timedelta) -> None:
    """The option ``auto_verify`` verifies parent and replica."""
    with mock_ses_verify(rate=None, clock=VirtualClock(), region=PARENT, auto_verify=verify) as ses:
        make_client("sesv2", PARENT).create_email_identity(EmailIdentity=SITE)
        client = make_client("sesv2", REPLICA)
        replicate(client)
        ses.clock.advance(hours=5)
        assert statuses(client) == ("SUCCESS", True)


# Parents that cannot be.


def _nothing(client: Any) -> None:
    """No such domain in the parent's region."""


def _own_key(client: Any) -> None:
    client.create_email_identity(EmailIdentity=SITE, DkimSigningAttributes=KEY)


def _no_dkim(client: Any) -> None:
    make_client("ses", PARENT).verify_domain_identity(Domain=SITE)


def _replica(client: Any) -> None:
    make_client("sesv2", "us-west-2").create_email_identity(EmailIdentity=SITE)
    replicate(client, "AWS_SES_US_WEST_2")


PREPARED = {
    "nothing": (_nothing, ORIGIN, "REPLICATION_PRIMARY_NOT_FOUND"),
    "own key": (_own_key, ORIGIN, "REPLICATION_PRIMARY_BYO_DKIM_NOT_SUPPORTED"),
    "no DKIM": (_no_dkim, ORIGIN, "REPLICATION_PRIMARY_BYO_DKIM_NOT_SUPPORTED"),
    "replica": (_replica, ORIGIN, "REPLICATION_REPLICA_AS_PRIMARY_NOT_SUPPORTED"),
    "same region": (_nothing, "AWS_SES_EU_WEST_1", "REPLICATION_PRIMARY_INVALID_REGION"),
    "other partition": (_nothing, "AWS_SES_US_GOV_WEST_1", "REPLICATION_PRIMARY_INVALID_REGION"),
}


@informs
@aws(
    "documented",
    "service model, VerificationInfo.ErrorType; that DKIM is PENDING until 72 hours are over is unverified",
)
@pytest.mark.parametrize(("prepare", "origin", "error"), PREPARED.values(), ids=PREPARED)
def test_replica_without_a_parent_fails_after_72_hours(
    ses: SESStub, parent: Any, replica: Any, prepare: Callable[[Any], None], origin: str, error: str
) -> None:
    """A parent that cannot be is an ErrorType of the replica, which has no tokens and fails after 72 hours."""
    prepare(parent)
    replicate(replica, origin)
    assert (error_type(replica), statuses(replica)) == (error, ("PENDING", False))
    shown = dkim(replica)
    assert (shown["SigningAttributesOrigin"], shown["Tokens"]) == (origin, [])
    ses.clock.advance(hours=72)
    assert (error_type(replica), statuses(replica)) == (error, ("FAILED", False))


@informs
@aws("inferred", "SES goes on looking, as for records")
def test_parent_that_comes_later_is_found(ses: SESStub, parent: Any, replica: Any) -> None:
    """A replica gets its keys as soon as its parent has them."""
    replicate(replica)
    assert error_type(replica) == "REPLICATION_PRIMARY_NOT_FOUND"
    tokens = parent.create_email_identity(EmailIdentity=SITE)["DkimAttributes"]["Tokens"]
    assert (error_type(replica), dkim(replica)["Tokens"]) == ("HOST_NOT_FOUND", tokens)
    ses.publish_dkim(SITE)
    assert statuses(replica) == ("SUCCESS", True)


@informs
@aws("documented", "service model, VerificationInfo.ErrorType; the status is inferred from that of lost records")
def test_replica_loses_the_keys_that_its_parent_no_longer_has(ses: SESStub, parent: Any, replica: Any) -> None:
    """If its parent turns to its own key, a replica stays verified for 72 hours, and for good if the parent returns."""
    parent.create_email_identity(EmailIdentity=SITE)
    replicate(replica)
    ses.publish_dkim(SITE)
    change(parent, "EXTERNAL", **KEY)
    assert error_type(replica) == "REPLICATION_PRIMARY_BYO_DKIM_NOT_SUPPORTED"
    assert statuses(replica) == ("TEMPORARY_FAILURE", True)
    change(parent, "AWS_SES")
    # Why the records were once missing stays, as for any domain.
    assert (error_type(replica), statuses(replica)) == ("HOST_NOT_FOUND", ("SUCCESS", True))


def test_why_a_replica_lost_its_keys_is_in_the_timeline(ses: SESStub, parent: Any, replica: Any) -> None:
    """The timeline says why a replica has lost its keys."""
    parent.create_email_identity(EmailIdentity=SITE)
    replicate(replica)
    ses.publish_dkim(SITE)
    change(parent, "EXTERNAL", **KEY)
    assert "REPLICATION_PRIMARY_BYO_DKIM_NOT_SUPPORTED" in str(ses.timeline())


@informs
def test_two_replicas_of_each_other_have_no_keys(parent: Any, replica: Any) -> None:
    """Domains that replicate each other have no keys, and nothing loops."""
    replicate(parent, "AWS_SES_EU_WEST_1")
    replicate(replica)
    wrong = "REPLICATION_REPLICA_AS_PRIMARY_NOT_SUPPORTED"
    assert (error_type(parent), error_type(replica)) == (wrong, wrong)


# Deletion.


@aws("documented", "Guide, DEED: a parent cannot be deleted before its replicas; code and text are unverified")
def test_parent_cannot_be_deleted_before_its_replicas(ses: SESStub, parent: Any, replica: Any) -> None:
    """A domain cannot be deleted, in v1 and v2, as long as it has replicas; they can."""
    parent.create_email_identity(EmailIdentity=SITE)
    replicate(replica)
    v1 = make_client("ses", PARENT)
    text = "Identity <example.com> cannot be deleted until its replicas are deleted: eu-west-1."
    assert refused(v1.delete_identity, Identity="Example.com") == ("InvalidParameterValue", 400, text)
    assert refused(parent.delete_email_identity, EmailIdentity=SITE) == ("BadRequestException", 400, text)
    assert status(v1, SITE) == "Pending"
    replica.delete_email_identity(EmailIdentity=SITE)
    parent.delete_email_identity(EmailIdentity=SITE)
    assert status(v1, SITE) is None


@aws("inferred", "DeleteIdentity of an unknown identity is not an error")
def test_deleting_a_parent_that_is_not_there_is_no_error(parent: Any, replica: Any) -> None:
    """A replica whose parent does not exist keeps nobody from deleting that name in v1."""
    replicate(replica)
    v1 = make_client("ses", PARENT)
    assert answered(v1.delete_identity(Identity=SITE)) == {}
