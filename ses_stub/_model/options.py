"""The options of a scope. They are checked early, so that the error is raised where the mistake is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from .._core.errors import InvalidArgumentError, InvalidOptionError, UnknownOptionError
from .._time.clock import Clock
from .._time.time import LATEST
from . import quotas
from .arguments import ACCOUNT, REGION, is_account, is_int, is_length, is_number, is_region
from .identity import VerificationStatus
from .presets import Preset, PresetDict, preset_of_mapping
from .zone import Resolver

if TYPE_CHECKING:
    Identities = Iterable[str] | Mapping[str, str | PresetDict]
    Sleep = Literal["virtual", "real"]
    Enforcement = Literal["HEALTHY", "PROBATION", "SHUTDOWN"]
    Unsupported = Literal["fail", "raise", "passthrough"]
    Behavior = Literal["aws", "moto"]


class OptionsDict(TypedDict, total=False):
    """The options as keyword arguments; `Options` describes each."""

    identities: Identities
    region: str | None
    account_id: str
    rate: float | None
    burst: int
    max_identities: int | None
    clock: Clock | None
    freeze: datetime | str | bool | None
    sleep: Sleep
    jitter: float | Literal["random"]
    auto_verify: bool | timedelta
    resolver: Resolver | None
    production_access: bool
    enforcement_status: Enforcement
    unsupported: Unsupported
    behavior: Behavior


#: The region if none is configured.
DEFAULT_REGION = "us-east-1"
_ENFORCEMENT = ("HEALTHY", "PROBATION", "SHUTDOWN")
_UNSUPPORTED = ("fail", "raise", "passthrough")
#: The options whose default depends on the option ``behavior``.
_BEHAVIORS: dict[object, dict[str, Any]] = {
    "aws": {},
    "moto": {"auto_verify": True, "rate": None, "max_identities": None},
}


@dataclass(frozen=True)
class Options:
    """The options of a scope. All are keyword arguments of `mock_ses_verify`, `SESStub` and the pytest marker.

    Attributes:
        identities: identities that exist at the start: names (status ``Success``), or a mapping of names to statuses or
            to dicts of arguments of `SESStub.add_identity`: ``{"status": "Success", "dkim": "Success"}``.
        region: region of the stub, and of SES clients that have none configured; None is the configured region, else
            ``us-east-1``.
        account_id: account of the stub, and of clients whose credentials name none; 12 digits.
        rate: requests per second for each operation, per account and region; None disables the throttle.
        burst: requests that an idle throttle allows without a pause.
        max_identities: most identities in one GetIdentity…Attributes; None is no limit.
        clock: a `Clock`; None is one that stands still from the current time.
        freeze: True freezes the application's clocks at the current time, with freezegun, for the scope; a datetime or
            ISO string (UTC without a zone) at that time.
        sleep: ``"virtual"``: botocore's waits for SES move the clock; ``"real"``: they really wait.
        jitter: botocore's random back-off for SES: 1.0 longest, 0.0 shortest, ``"random"`` in between,
            the same in every run.
        auto_verify: True: a new identity is Success immediately; a timedelta: it is confirmed after that time.
        resolver: takes a DNS name and a record type (``TXT``, ``CNAME``, ``MX``) and returns the values, in addition to
            the stub's own DNS. `ses_stub.dns` has some; None is the stub's DNS alone.
        production_access: False: the account is in the sandbox: it sends to verified recipients only, 200 a day.
        enforcement_status: the account's status with AWS, as GetAccount of v2 shows it. ``"SHUTDOWN"``: AWS has paused
            its sending, and every send is rejected.
        unsupported: what an SES operation does that ses_stub does not support: ``"fail"`` raises, and fails a pytest
            test whose application swallows the error; ``"raise"`` only raises; ``"passthrough"`` sends it to the
            network.
        behavior: ``"aws"``, or ``"moto"`` for tests that were written for moto: `auto_verify` is True by default, and
            `rate` and `max_identities` are None.

    """

    identities: Any = ()
    region: str | None = None
    account_id: str = "123456789012"
    rate: float | None = quotas.RATE
    burst: int = 1
    max_identities: int | None = quotas.MAX_IDENTITIES
    clock: Clock | None = None
    freeze: datetime | str | bool | None = None
    sleep: Sleep = "virtual"
    jitter: float | Literal["random"] = 1.0
    auto_verify: bool | timedelta = False
    resolver: Resolver | None = None
    production_access: bool = True
    enforcement_status: Enforcement = "HEALTHY"
    unsupported: Unsupported = "fail"
    behavior: Behavior = "aws"
    # The options after the check.
    seeds: Sequence[Preset] = field(init=False, repr=False)
    frozen_at: datetime | None = field(init=False, repr=False, default=None)

    def __post_init__(self) -> None:
        object.__setattr__(self, "seeds", _seeds(self.identities))
        self._check("region", self.region is None or is_region(self.region), REGION)
        self._check("account_id", is_account(self.account_id), ACCOUNT)
        self._check(
            "rate",
            self.rate is None or (is_number(self.rate) and self.rate > 0),
            "requests per second, more than 0; or None",
        )
        self._check("burst", is_int(self.burst) and self.burst >= 1, "a whole number, 1 or more")
        self._check(
            "max_identities",
            self.max_identities is None or (is_int(self.max_identities) and self.max_identities >= 1),
            "a whole number, 1 or more; or None",
        )
        self._check("clock", self.clock is None or isinstance(self.clock, Clock), "a ses_stub.Clock or None")
        object.__setattr__(self, "frozen_at", _frozen_at(self.freeze))
        if self.freeze not in (None, False) and self.clock is not None:
            raise InvalidOptionError("freeze", self.freeze, "None if clock is set: freeze controls the time itself")
        self._check("sleep", self.sleep in ("virtual", "real"), "'virtual' or 'real'")
        self._check(
            "jitter",
            self.jitter == "random" or (is_number(self.jitter) and 0 <= self.jitter <= 1),
            "a number from 0.0 to 1.0, or 'random'",
        )
        self._check(
            "auto_verify",
            isinstance(self.auto_verify, bool) or is_length(self.auto_verify),
            "True, False or a timedelta of more than 0",
        )
        self._check(
            "resolver", self.resolver is None or callable(self.resolver), "a function of name and type, or None"
        )
        self._check("production_access", isinstance(self.production_access, bool), "True or False")
        self._check_one_of("enforcement_status", _ENFORCEMENT)
        self._check_one_of("unsupported", _UNSUPPORTED)
        self._check_one_of("behavior", _BEHAVIORS)

    def _check_one_of(self, option: str, allowed: Collection[object]) -> None:
        self._check(option, getattr(self, option) in allowed, f"one of {', '.join(map(repr, allowed))}")

    def _check(self, option: str, right: bool, wanted: str) -> None:
        if not right:
            raise InvalidOptionError(option, getattr(self, option), wanted)


NAMES = tuple(one.name for one in fields(Options) if one.init)


def make_options(given: Mapping[str, Any]) -> Options:
    """Options from keyword arguments. The error for an unknown name suggests a similar one."""
    if not given:
        return _DEFAULT
    for name in given:
        if name not in NAMES:
            raise UnknownOptionError(name, NAMES)
    behavior = given.get("behavior", "aws")
    # An unhashable value is rejected below.
    defaults = _BEHAVIORS.get(behavior, {}) if isinstance(behavior, str) else {}
    return Options(**{**defaults, **given})


def _seeds(identities: object) -> Sequence[Preset]:
    wanted = "an iterable of names, or a mapping of names to statuses or dicts"
    if isinstance(identities, str):
        raise InvalidOptionError("identities", identities, f"a list or a mapping; for one name write [{identities!r}]")
    if not isinstance(identities, Iterable):
        raise InvalidOptionError("identities", identities, wanted)
    presets: dict[str, Preset] = {}
    for name in identities:
        try:
            given = identities[name] if isinstance(identities, Mapping) else VerificationStatus.SUCCESS
            preset = preset_of_mapping(name, given)
        except InvalidArgumentError as wrong:
            raise InvalidOptionError(
                "identities", identities, f"valid entries, but that of {name!r} has {wrong}"
            ) from None
        presets[preset.name] = preset
    return tuple(presets.values())


def _frozen_at(value: Any) -> datetime | None:
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.replace("Z", "+00:00"))
        except ValueError:
            raise InvalidOptionError("freeze", value, "True, or an ISO time such as '2026-01-31T12:00'") from None
    # Compared by name: freezegun's datetimes are of another class while it is active.
    if not hasattr(value, "tzinfo") or not hasattr(value, "hour"):
        raise InvalidOptionError("freeze", value, "True, a datetime, an ISO string or None")
    at: datetime = value
    try:
        at = at.astimezone(timezone.utc).replace(tzinfo=None) if at.tzinfo is not None else at
    except OverflowError:
        raise InvalidOptionError("freeze", value, "a time whose date in UTC is in the years 1 to 9999") from None
    if at > LATEST.replace(tzinfo=None):
        raise InvalidOptionError("freeze", value, "a time until the last whole second of 9999")
    return at


# Most scopes have no options, and options cannot change.
_DEFAULT = Options()
