"""The second half of the plain model: who may send, by which identity, and what belongs to an identity."""

from __future__ import annotations

from plain_model import Key, Model, Place, above

#: Whether a policy allows or denies, whom, and to do what.
Policy = tuple[bool, str, str]


class SendingModel(Model):
    """The model with the policies and tags of identities, and the accounts that have paused their sending."""

    def __init__(self, throttled: bool) -> None:
        super().__init__(throttled)
        self.policies: dict[Key, dict[str, Policy]] = {}
        self.tags: dict[Key, dict[str, str]] = {}
        self.paused: set[Place] = set()
        #: The sender of each message, and the account and region that have sent it.
        self.sent: list[Key] = []

    def delete(self, key: Key) -> None:
        super().delete(key)
        self.policies.pop(key, None)
        self.tags.pop(key, None)

    def refusal(self, place: Place, sender: str, owner: Key | None, action: str, tag: str) -> str | None:
        """Why a message is refused, by the first reason; ``owner`` is the identity that it names by an ARN."""
        if not tag.isalnum():
            return "tag"
        if place in self.paused:
            return "paused"
        local, _, domain = sender.partition("@")
        names = [sender, f"{local.partition('+')[0]}@{domain}", *above(sender)]
        if owner is None:
            owner = next((key for name in names if self.is_open(key := (*place, name))), None)
        elif owner[0] != place[0] or owner[2] not in names:
            return "rejected"
        elif owner not in self.status:
            return "rejected" if owner[:2] == place else "denied"
        if owner is None:
            return "rejected"
        verdicts = [
            allows
            for allows, account, allowed in self.policies.get(owner, {}).values()
            if account == place[1] and allowed in ("*", action)
        ]
        if False in verdicts or (owner[:2] != place and True not in verdicts):
            return "denied"
        return None if self.is_open(owner) else "rejected"

    def is_open(self, key: Key) -> bool:
        """Whether an identity can be sent by."""
        return self.status.get(key) in ("Success", "TemporaryFailure")
