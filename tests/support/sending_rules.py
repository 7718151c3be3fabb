"""The rules of the stateful tests about sending: policies, tags, paused accounts, and messages."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from machine import SITES, USERS, Machine, arn, document
from plain_model import ACCOUNTS, PLACES, Key, Place
from plain_sending import Policy

# More often the first of each: many events on one identity find the most.
places = st.sampled_from(PLACES[:1] * 4 + PLACES)
users = st.sampled_from(USERS[:1] * 4 + USERS)
sites = st.sampled_from(SITES[:1] * 4 + SITES)
names = users | sites
mostly = st.sampled_from([True, True, True, False])
senders = users | st.sampled_from(["ann+news@example.com", "eve@mail.example.com"])
policy_names = st.sampled_from(["first", "second"])
policies = st.tuples(mostly, st.sampled_from(ACCOUNTS), st.sampled_from(["*", "SendEmail", "SendRawEmail"]))
#: The identity that a message names, if any.
owners = st.none() | st.tuples(places, names).map(lambda found: (*found[0], found[1]))

#: The error of a message that is refused, in v1 and v2.
ERRORS = {
    None: (None, None),
    "tag": ("InvalidParameterValue", "BadRequestException"),
    "paused": ("AccountSendingPausedException", "SendingPausedException"),
    "rejected": ("MessageRejected", "MessageRejected"),
    "denied": ("AccessDenied", "AccessDeniedException"),
}
TEXT = {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "World"}}}
TO = {"ToAddresses": ["somebody@example.org"]}


class SendingRules(Machine):
    """What decides whether a message is accepted, beside the status of identities."""

    @rule(place=places, name=names, policy_name=policy_names, policy=policies, by_v2=st.booleans())
    def put_policy(self, place: Place, name: str, policy_name: str, policy: Policy, by_v2: bool) -> None:
        """V1 replaces a policy; v2 only adds one."""
        key = (*place, name)
        method, member = ("create_email_identity_policy", "Email") if by_v2 else ("put_identity_policy", "")
        error = None
        if key not in self.model.status:
            error = "NotFoundException" if by_v2 else "InvalidParameterValue"
        elif by_v2 and policy_name in self.model.policies.get(key, {}):
            error = "AlreadyExistsException"
        answers = self.call(
            *("sesv2" if by_v2 else "ses", method, place, error),
            **{f"{member}Identity": name, "PolicyName": policy_name, "Policy": document(key, policy)},
        )
        for _ in answers:
            self.model.policies.setdefault(key, {})[policy_name] = policy

    @rule(place=places, name=names, policy_name=policy_names, by_v2=st.booleans())
    def delete_policy(self, place: Place, name: str, policy_name: str, by_v2: bool) -> None:
        """V2 refuses what is not there, v1 does not."""
        policies = self.model.policies.get((*place, name), {})
        if by_v2:
            error = None if policy_name in policies else "NotFoundException"
            params = {"EmailIdentity": name, "PolicyName": policy_name}
            answers = self.call("sesv2", "delete_email_identity_policy", place, error, **params)
        else:
            answers = self.call("ses", "delete_identity_policy", place, Identity=name, PolicyName=policy_name)
        for _ in answers:
            policies.pop(policy_name, None)

    @rule(place=places, name=names, tag=st.sampled_from(["team", "stage"]), value=st.sampled_from(["a", "b", None]))
    def tag(self, place: Place, name: str, tag: str, value: str | None) -> None:
        """Sets a tag of an identity, or removes it."""
        key = (*place, name)
        error = None if key in self.model.status else "NotFoundException"
        if value is None:
            answers = self.call("sesv2", "untag_resource", place, error, ResourceArn=arn(key), TagKeys=[tag])
        else:
            tags = [{"Key": tag, "Value": value}]
            answers = self.call("sesv2", "tag_resource", place, error, ResourceArn=arn(key), Tags=tags)
        for _ in answers:
            tags_now = self.model.tags.setdefault(key, {})
            tags_now.pop(tag, None)
            if value is not None:
                tags_now[tag] = value

    @rule(place=places, enabled=mostly, by_v2=st.booleans())
    def pause_or_resume(self, place: Place, enabled: bool, by_v2: bool) -> None:
        """Pauses or resumes the sending of an account in a region."""
        if by_v2:
            answers = self.call("sesv2", "put_account_sending_attributes", place, SendingEnabled=enabled)
        else:
            answers = self.call("ses", "update_account_sending_enabled", place, Enabled=enabled)
        for _ in answers:
            (self.model.paused.discard if enabled else self.model.paused.add)(place)

    @precondition(lambda self: any(self.model.policies.values()))
    @rule(choice=st.integers(0, 9), sender=senders, raw=st.booleans(), by_v2=st.booleans())
    def send_by_policy(self, choice: int, sender: str, raw: bool, by_v2: bool) -> None:
        """Sends as the account that a policy names, by the policy's identity."""
        named = [(key, one[1]) for key, found in self.model.policies.items() for one in found.values()]
        owner, account = named[choice % len(named)]
        self.send(place=(owner[0], account), sender=sender, owner=owner, raw=raw, by_v2=by_v2, good=True)

    @rule(place=places, sender=senders, owner=owners, raw=st.booleans(), by_v2=st.booleans(), good=mostly)
    def send(self, place: Place, sender: str, owner: Key | None, raw: bool, by_v2: bool, good: bool) -> None:
        """Sends a message, by an identity of the own account or of one that the message names; never throttled."""
        tag, action = "spring" if good else "not allowed", "SendRawEmail" if raw else "SendEmail"
        reason = self.model.refusal(place, sender, owner, action, tag)
        tags = [{"Name": "campaign", "Value": tag}]
        mime = {"Data": f"From: {sender}\nTo: somebody@example.org\n\nHello".encode()}
        message: dict[str, Any]
        if by_v2:
            content = {"Raw": mime} if raw else {"Simple": TEXT}
            message = {"FromEmailAddress": sender, "Destination": TO, "Content": content, "EmailTags": tags}
            names = {"FromEmailAddressIdentityArn": arn(owner)} if owner else {}
            answers = self.call("sesv2", "send_email", place, ERRORS[reason][1], False, **message, **names)
        elif raw:
            names = {"SourceArn": arn(owner), "FromArn": arn(owner)} if owner else {}
            message = {"RawMessage": mime, "Tags": tags}
            answers = self.call("ses", "send_raw_email", place, ERRORS[reason][0], False, **message, **names)
        else:
            names = {"SourceArn": arn(owner)} if owner else {}
            message = {"Source": sender, "Destination": TO, "Message": TEXT, "Tags": tags}
            answers = self.call("ses", "send_email", place, ERRORS[reason][0], False, **message, **names)
        for _ in answers:
            self.model.sent.append((*place, sender))
