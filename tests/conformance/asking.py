"""How a question is asked of an account of SES: calls, their pace, waiting, and cleaning up."""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from subprocess import SubprocessError
from typing import Any, NamedTuple

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError

THROTTLED = ("Throttling", "TooManyRequestsException")
#: Seconds between two calls of one operation; AWS allows one call a second.
INTERVAL = 1.1
#: How many calls of an operation in a row look for its throttle, and how often a throttled call is repeated.
ATTEMPTS = 5
#: Takes "add" or "remove", and a record's name, type and value.
Records = Callable[[str, str, str, str], None]


class NotAsked(Exception):
    """A question cannot be asked of this account; the text says why."""


class Account(NamedTuple):
    """An account of SES, or a stub.

    Attributes:
        ses: a client of SES v1 that does not retry.
        sesv2: a client of SES v2 that does not retry.
        domain: the domain below which names are made up.
        pause: waits so many seconds.
        paced: whether two calls of one operation are kept `INTERVAL` apart.
        records: publishes and removes DNS records; None if nobody can.
        patience: seconds for which a change of status is waited for.
        may_pause_sending: whether the account's sending may be paused for a call.
        last: when each operation was called last, by `time.monotonic`.

    """

    ses: Any
    sesv2: Any
    domain: str
    pause: Callable[[float], object]
    paced: bool
    records: Records | None
    patience: float
    may_pause_sending: bool
    last: dict[str, float]


class Asker:
    """What a question is given: calls to one account, and a random domain of its own.

    Attributes:
        domain: a random label below the account's domain.
        calls: the operations that were called, without throttled calls that were repeated.
        left: what could not be cleaned up.

    """

    def __init__(self, account: Account) -> None:
        self.domain = f"probe-{secrets.token_hex(6)}.{account.domain}"
        self.calls: list[str] = []
        self.left: list[str] = []
        self._account = account
        self._undo: list[tuple[str, Callable[[], object]]] = []

    # Calls.

    def v1(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Calls an operation of SES v1."""
        return self._call(self._account.ses, operation, parameters)

    def v2(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Calls an operation of SES v2."""
        return self._call(self._account.sesv2, operation, parameters)

    def _call(self, client: Any, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        for attempt in range(ATTEMPTS):
            if self._account.paced and operation in self._account.last:
                self.pause(self._account.last[operation] + INTERVAL - time.monotonic())
            try:
                return self._immediately(client, operation, parameters)
            except ClientError as error:
                if code(error) not in THROTTLED or attempt == ATTEMPTS - 1:
                    raise
                self.calls.pop()
                self.pause(INTERVAL)
        raise AssertionError("not reached")

    def _immediately(self, client: Any, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        self.calls.append(operation)
        self._account.last[operation] = time.monotonic()
        answer: dict[str, Any] = getattr(client, xform_name(operation))(**parameters)
        return answer

    def is_throttled(self, operation: str, *, v2: bool = False, **parameters: Any) -> bool:
        """Calls an operation immediately, and says whether the throttle refused it."""
        return self.code_of(operation, v2=v2, **parameters) in THROTTLED

    def code_of(self, operation: str, *, v2: bool = False, **parameters: Any) -> str:
        """Calls an operation immediately, and says the code of the error, or `answered`."""
        try:
            self._immediately(self._account.sesv2 if v2 else self._account.ses, operation, parameters)
        except ClientError as error:
            return code(error)
        return "answered"

    def exhaust(self, operation: str, **parameters: Any) -> bool:
        """Calls an operation until its throttle refuses it; False if it never does."""
        self.pause(2 * INTERVAL)
        return any(self.is_throttled(operation, **parameters) for _ in range(ATTEMPTS))

    def outcome(self, call: Callable[[], object]) -> str:
        """An answer, or an error, as short text without random names."""
        try:
            return self.text(call())
        except ClientError as error:
            outcome = error.response["Error"]
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            words = [str(status), outcome.get("Type", ""), outcome["Code"]]
            return self.text(f"{' '.join(filter(None, words))}: {outcome.get('Message', '')}")

    def text(self, value: object) -> str:
        """A value as text, in which what differs from account to account has a name."""
        if isinstance(value, dict):
            plain = {key: one for key, one in value.items() if key != "ResponseMetadata"}
            value = json.dumps(plain, sort_keys=True, ensure_ascii=False, default=str)
        text = str(value).replace(self.domain, "DOMAIN")
        region = self._account.ses.meta.region_name
        text = re.sub(rf"\b{region}\b", "REGION", text, flags=re.IGNORECASE)
        text = re.sub(r"\b\d{12}\b", "ACCOUNT", text)
        return re.sub(r"\b(?:[a-z0-9]{32}\b|[A-Za-z0-9+/]{43}=)", "TOKEN", text)

    def has(self, operation: str, parameter: str) -> bool:
        """Whether the installed botocore knows a parameter of an operation of v2."""
        return parameter in self._account.sesv2.meta.service_model.operation_model(operation).input_shape.members

    # Waiting.

    def pause(self, seconds: float) -> None:
        """Waits."""
        if seconds > 0:
            self._account.pause(seconds)

    def wait_until(self, what: str, condition: Callable[[], bool]) -> None:
        """Polls until a condition is true.

        Raises:
            NotAsked: it did not become true within the account's patience.

        """
        step = max(INTERVAL, self._account.patience / 100)
        for _ in range(int(self._account.patience / step) + 1):
            if condition():
                return
            self.pause(step)
        raise NotAsked(f"{what} within {self._account.patience:g} s was not seen")

    def wait(self) -> None:
        """Waits as long as a change may take."""
        self.pause(self._account.patience)

    # What has to be cleaned up.

    def register(self, name: str) -> str | None:
        """Registers a domain or an address by v1; gives a domain's token."""
        if "@" in name:
            self._registered(name, lambda: self.v1("VerifyEmailIdentity", EmailAddress=name))
            return None
        answer = self._registered(name, lambda: self.v1("VerifyDomainIdentity", Domain=name))
        token: str = answer["VerificationToken"]
        return token

    def create(self, name: str) -> dict[str, Any]:
        """Creates an identity by v2."""
        return self._registered(name, lambda: self.v2("CreateEmailIdentity", EmailIdentity=name))

    def _registered(self, name: str, call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        # First, as an answer can get lost.
        undo = (f"identity {name}", lambda: self.v1("DeleteIdentity", Identity=name))
        if all(what != undo[0] for what, _ in self._undo):
            self._undo.append(undo)
        try:
            return call()
        except ClientError:
            with suppress(ValueError):
                self._undo.remove(undo)
            raise

    def delete(self, name: str) -> None:
        """Deletes an identity that was registered."""
        self.v1("DeleteIdentity", Identity=name)
        self._undo = [one for one in self._undo if one[0] != f"identity {name}"]

    def publish(self, name: str, kind: str, value: str) -> None:
        """Publishes a DNS record (raises as `records` does)."""
        records = self.records()
        self._undo.append((f"record {kind} {name}", lambda: records("remove", name, kind, value)))
        records("add", name, kind, value)

    def remove(self, name: str, kind: str, value: str) -> None:
        """Removes a DNS record that was published."""
        self.records()("remove", name, kind, value)
        self._undo = [one for one in self._undo if one[0] != f"record {kind} {name}"]

    def records(self) -> Records:
        """How DNS records are published and removed.

        Raises:
            NotAsked: nobody can for this account.

        """
        if self._account.records is None:
            raise NotAsked("needs DNS records: give --records")
        return self._account.records

    def pause_sending(self) -> None:
        """Pauses the account's sending until the question is answered.

        Raises:
            NotAsked: nobody has allowed it, or it is paused already.

        """
        if not self._account.may_pause_sending:
            raise NotAsked("pauses the account's sending: give --may-pause-sending")
        if not self.v1("GetAccountSendingEnabled").get("Enabled"):
            raise NotAsked("the account's sending is paused already")
        self._undo.append(("paused sending", lambda: self.v1("UpdateAccountSendingEnabled", Enabled=True)))
        self.v1("UpdateAccountSendingEnabled", Enabled=False)

    def clean_up(self) -> None:
        """Undoes everything, last first; `left` names what could not be undone."""
        while self._undo:
            what, undo = self._undo[-1]
            try:
                undo()
            except (ClientError, BotoCoreError, OSError, SubprocessError) as error:
                self.left.append(f"{what}: {error}")
            except KeyboardInterrupt:
                self.left.extend(what for what, _ in self._undo)
                raise
            self._undo.pop()


def code(error: ClientError) -> str:
    """The code of an error."""
    found: str = error.response["Error"]["Code"]
    return found


def counted(operations: Sequence[str]) -> str:
    """Operations with their numbers of calls, sorted: ``A, 2 B``."""
    counts = {name: operations.count(name) for name in dict.fromkeys(operations)}
    return ", ".join(name if count == 1 else f"{count} {name}" for name, count in counts.items())
