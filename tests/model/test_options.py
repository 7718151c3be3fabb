"""The options: checked when the scope is made, with an error that names the option."""

from __future__ import annotations

import typing
from dataclasses import fields
from datetime import datetime, timedelta, timezone
from typing import Any

import boto3
import pytest
from botocore.config import Config

from ses_stub import SESStub, SESStubError, VerificationStatus, VirtualClock, mock_ses_verify
from ses_stub._model.options import NAMES, Options, OptionsDict, make_options


def nothing(name: str, kind: str) -> list[str]:
    """A resolver that finds no record."""
    return []  # pragma: no cover  # Options ask nothing of it.


DEFAULTS: dict[str, Any] = {
    "identities": (),
    "region": None,
    "account_id": "123456789012",
    "rate": 1.0,
    "burst": 1,
    "max_identities": 100,
    "clock": None,
    "freeze": None,
    "sleep": "virtual",
    "jitter": 1.0,
    "auto_verify": False,
    "resolver": None,
    "production_access": True,
    "enforcement_status": "HEALTHY",
    "unsupported": "fail",
    "behavior": "aws",
}
WRONG: dict[str, list[Any]] = {
    "identities": [
        "example.com",
        7,
        ["nowhere"],
        [7],
        {"example.com": "Sucess"},
        {"nowhere": "Success"},
        {"example.com": None},
        {"example.com": {"dkim": "Sucess"}},
        {"example.com": {"dkimm": "Success"}},
        {"ann@example.com": {"dkim": "Success"}},
    ],
    "region": ["", "Europe", "eu_west_1", "eu-west-1 ", "eu-west1", "eu-west", 1],
    "account_id": ["", "12345678901", "1234567890123", "12345678901a", "１２３４５６７８９０１２", 123456789012, None],
    "rate": [0, -1, "1", float("nan"), float("inf"), True],
    "burst": [0, -1, 1.5, "1", None, True],
    "max_identities": [0, -1, 1.5, "100", True],
    "clock": [0, "now", VirtualClock, datetime(2026, 1, 1)],
    "freeze": ["yesterday", 0, timedelta(1), ""],
    "sleep": ["never", None, True],
    "jitter": [-0.1, 1.1, "Random", None, True, float("nan")],
    "auto_verify": ["yes", 1, None, timedelta(0), timedelta(-1)],
    "resolver": ["192.0.2.53", 0, ["v=spf1 -all"]],
    "production_access": ["yes", 1, None],
    "enforcement_status": ["Healthy", "PAUSED", None],
    "unsupported": ["ignore", None],
    "behavior": ["Moto", None, 1],
}

RIGHT: dict[str, list[Any]] = {
    "identities": [
        [],
        {"example.com"},
        dict.fromkeys(["example.com"]).keys(),
        {"example.com": "Failed"},
        {"ann@example.com": VerificationStatus.PENDING},
        {"example.com": "TEMPORARY_FAILURE"},
        {"example.com": {"status": "Success", "dkim": "SUCCESS", "mail_from": "mail.example.com"}},
    ],
    "region": [None, "eu-west-1", "us-gov-west-1", "us-iso-east-1"],
    "account_id": ["000000000000"],
    "rate": [None, 0.1, 1, 1000],
    "burst": [1, 100],
    "max_identities": [None, 1, 1000],
    "clock": [None, VirtualClock()],
    "freeze": [
        None,
        True,
        False,
        "2026-01-31",
        "2026-01-31T12:00:00Z",
        "2026-01-31T12:00:00+02:00",
        datetime(2026, 1, 31),
    ],
    "sleep": ["virtual", "real"],
    "jitter": [0, 0.5, 1, "random"],
    "auto_verify": [True, False, timedelta(microseconds=1)],
    "resolver": [None, nothing],
    "production_access": [True, False],
    "enforcement_status": ["HEALTHY", "PROBATION", "SHUTDOWN"],
    "unsupported": ["fail", "raise", "passthrough"],
    "behavior": ["aws", "moto"],
}


def shown(value: object) -> str:
    """A value in a test's id, the same in every process."""
    return str(getattr(value, "__name__", repr(value)))


def pairs(table: dict[str, list[Any]]) -> list[Any]:
    return [
        pytest.param(name, value, id=f"{name}={shown(value)}") for name, values in table.items() for value in values
    ]


@pytest.mark.parametrize(("name", "value"), pairs(WRONG))
def test_wrong_value_is_refused(name: str, value: Any) -> None:
    """A wrong value is refused when the scope is made, by an error that names option and value."""
    with pytest.raises(ValueError, match=f"^option {name}=.*: expected ") as error:
        mock_ses_verify(**{name: value})
    assert repr(value) in str(error.value)
    assert isinstance(error.value, SESStubError)


@pytest.mark.parametrize(("name", "value"), pairs(RIGHT))
def test_right_value_is_taken(name: str, value: Any) -> None:
    """Each valid value can start a scope, and is found in its options."""
    with mock_ses_verify(**{name: value}) as ses:
        assert getattr(ses._service.options, name) == value


@pytest.mark.parametrize("take", [mock_ses_verify, SESStub], ids=lambda take: take.__name__)
def test_stub_without_scope_checks_the_same_options(take: Any) -> None:
    """A stub without a scope accepts and checks the same options."""
    assert take(rate=None)
    with pytest.raises(ValueError, match="option rate=0"):
        take(rate=0)
    with pytest.raises(TypeError, match="no option named 'rates'"):
        take(rates=1)


def test_every_option_is_tried() -> None:
    """The tables above test every option."""
    assert tuple(WRONG) == tuple(RIGHT) == tuple(DEFAULTS) == NAMES


@pytest.mark.parametrize(
    ("written", "meant"),
    [("identites", "identities"), ("regoin", "region"), ("max_identity", "max_identities"), ("freez", "freeze")],
)
def test_misspelt_option_suggests_the_right_one(written: str, meant: str) -> None:
    """A misspelt option is refused, and the error suggests the right one."""
    with pytest.raises(TypeError, match=f"no option named '{written}' \\(did you mean '{meant}'\\?\\)"):
        mock_ses_verify(**{written: None})  # type: ignore[call-overload]


def test_unknown_option_lists_all() -> None:
    """If no option is similar, the error lists them all."""
    with pytest.raises(TypeError) as error:
        mock_ses_verify(qqqq=1)  # type: ignore[call-overload]
    assert str(error.value) == f"no option named 'qqqq'; options are {', '.join(NAMES)}"


def test_options_are_keywords_only() -> None:
    """Options are keywords only."""
    with pytest.raises(TypeError):
        mock_ses_verify({"example.com": "Success"}, rate=None)  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="decorates functions and classes"):
        mock_ses_verify(["example.com"])  # type: ignore[type-var]


@pytest.mark.parametrize(
    ("identities", "text"),
    [
        ("example.com", r"for one name write \['example.com'\]"),
        ({"example.com": "Sucess"}, "did you mean 'Success'"),
        (["nowhere"], "an email address or a domain"),
    ],
    ids=["one text", "status", "name"],
)
def test_error_about_identities_shows_the_remedy(identities: Any, text: str) -> None:
    """An error in the identities says how to fix it."""
    with pytest.raises(ValueError, match=text):
        mock_ses_verify(identities=identities)


def test_freeze_and_clock() -> None:
    """Only one of freeze and clock can be given."""
    with pytest.raises(ValueError, match=r"option freeze=.*None if clock is set"):
        mock_ses_verify(freeze="2026-01-31", clock=VirtualClock())


@pytest.mark.parametrize(
    "freeze",
    [
        "2026-01-31T12:00",
        "2026-01-31T12:00Z",
        "2026-01-31T14:00+02:00",
        datetime(2026, 1, 31, 12),
        datetime(2026, 1, 31, 12, tzinfo=timezone.utc),
        datetime(2026, 1, 31, 7, tzinfo=timezone(timedelta(hours=-5))),
    ],
    ids=str,
)
def test_freeze_is_utc(freeze: Any) -> None:
    """A date without a zone is UTC; one with a zone is converted."""
    with mock_ses_verify(freeze=freeze) as ses:
        assert ses.clock.now() == datetime(2026, 1, 31, 12, tzinfo=timezone.utc)


def test_nothing_is_started_by_a_mistake() -> None:
    """A wrong option of a decorator is an error at decoration, not when the test runs."""
    with pytest.raises(ValueError, match="option burst=0"):
        mock_ses_verify(burst=0)(print)


def test_defaults_are_as_documented() -> None:
    """The defaults are those that are documented."""
    options = Options()
    assert {name: getattr(options, name) for name in NAMES} == DEFAULTS


def test_typed_dict_matches_names_and_types_of_options() -> None:
    """The types that type checkers see match the options, with names and types."""
    declared = typing.cast("dict[str, Any]", OptionsDict.__annotations__)
    known = {field.name: field.type for field in fields(Options) if field.init}
    assert list(declared) == list(known)
    for name, type_ in declared.items():
        if name != "identities":
            assert type_.__forward_arg__ == known[name], name
    assert OptionsDict.__required_keys__ == frozenset()


# Suites written for moto.


def test_behavior_of_moto_is_instant_success_without_limits() -> None:
    """With ``behavior="moto"`` new identities are verified immediately, and no call is throttled or too large."""
    with mock_ses_verify(behavior="moto", region="us-east-1"):
        client = boto3.client("ses", region_name="us-east-1", config=Config(retries={"total_max_attempts": 1}))
        names = [f"u{number}@example.com" for number in range(101)]
        for name in names:
            client.verify_email_identity(EmailAddress=name)
        found = client.get_identity_verification_attributes(Identities=names)["VerificationAttributes"]
        assert {one["VerificationStatus"] for one in found.values()} == {"Success"}
        assert len(found) == 101


def test_other_options_win_over_the_behavior() -> None:
    """An option that is given itself wins over what the behavior makes of it."""
    assert make_options({"behavior": "moto", "rate": 2}).rate == 2
    assert make_options({"behavior": "moto", "auto_verify": False}).auto_verify is False
