"""DNS records: how names are found and values compared."""

from __future__ import annotations

import copy

import pytest
from fidelity import aws

from ses_stub._model.zone import Zone

DKIM = "token.dkim.amazonses.com"
MX = "10 feedback-smtp.us-east-1.amazonses.com"


class Owner:
    """An object whose method is a resolver."""

    def __init__(self) -> None:
        self.values = ["first"]

    def resolve(self, name: str, kind: str) -> list[str]:
        return self.values


@pytest.mark.parametrize("name", ["example.com", "EXAMPLE.com", "example.com.", "Example.Com."])
@pytest.mark.parametrize("kind", ["TXT", "txt"])
def test_names_are_compared_without_case_and_dot(name: str, kind: str) -> None:
    """A name is found without regard to case and final dot, a type without regard to case."""
    published, asked = Zone(), Zone()
    published.add(name, kind, '"one"')
    asked.add("example.com", "TXT", '"one"')
    assert published.look_up("example.com", "TXT") == asked.look_up(name, kind) == {"one"}


@pytest.mark.parametrize(("name", "kind"), [("www.example.com", "TXT"), ("com", "TXT"), ("example.com", "MX")])
def test_other_name_or_type_has_its_own_records(name: str, kind: str) -> None:
    """Another name or type has its own records."""
    zone = Zone()
    zone.add("example.com", "TXT", "one")
    assert zone.look_up(name, kind) == set()
    assert zone.published(name, kind) == ()


VALUES = [
    pytest.param("TXT", "token=", "token=", id="text"),
    pytest.param("TXT", '"token="', "token=", id="quoted-text"),
    pytest.param("TXT", '"to" "ken="', "token=", id="text-in-pieces"),
    pytest.param("TXT", '"to""ken="', "token=", id="text-in-pieces-without-space"),
    pytest.param("TXT", '"v=spf1 include:amazonses.com ~all"', "v=spf1 include:amazonses.com ~all", id="spaces"),
    pytest.param("TXT", "TOken=", "TOken=", id="case-of-text"),
    pytest.param("TXT", '""', "", id="empty-text"),
    pytest.param("CNAME", "Token.DKIM.amazonses.com.", DKIM, id="host"),
    pytest.param("MX", "10  Feedback-SMTP.us-east-1.amazonses.com.", MX, id="preference-and-host"),
]


@pytest.mark.parametrize(("kind", "value", "compared"), VALUES)
def test_values_are_compared_by_type(kind: str, value: str, compared: str) -> None:
    """Texts are compared without quotes, hosts without case and final dot. Values are shown as they were given."""
    zone = Zone()
    zone.add("example.com", kind, value)
    assert zone.look_up("example.com", kind) == {compared}
    assert zone.published("example.com", kind) == (value,)


@pytest.mark.parametrize(("kind", "value", "compared"), VALUES)
def test_values_of_a_resolver(kind: str, value: str, compared: str) -> None:
    """A resolver's values are compared in the same way, and listed after the published ones."""
    zone = Zone(lambda name, kind: [value])
    zone.add("example.com", kind, "1 other.example")
    assert zone.look_up("example.com", kind) == {"1 other.example", compared}
    assert zone.published("example.com", kind) == ("1 other.example",)


@aws("documented", 'Guide, troubleshooting verification: "assign multiple attribute values to the same DNS record"')
def test_name_keeps_each_of_several_values_once() -> None:
    """A name may have several values, each listed once."""
    zone = Zone()
    for value in ("one", "two", "one"):
        zone.add("example.com", "TXT", value)
    assert zone.published("example.com", "TXT") == ("one", "two")


@pytest.mark.parametrize(
    ("removed", "left"),
    [("one", ("two",)), ('"one"', ("two",)), ("One", ("one", "two")), ("three", ("one", "two")), (None, ())],
    ids=["one", "quoted", "other-case", "unknown", "all"],
)
def test_remove_takes_equal_values(removed: str | None, left: tuple[str, ...]) -> None:
    """Removing a value removes all that compare equal; removing an unknown value is no error."""
    zone = Zone()
    zone.add("example.com", "TXT", "one")
    zone.add("example.com", "TXT", "two")
    zone.remove("EXAMPLE.com.", "txt", removed)
    assert zone.published("example.com", "TXT") == left


def test_removing_a_host_ignores_case_and_final_dot() -> None:
    """A host is removed without regard to case and final dot."""
    zone = Zone()
    zone.add("example.com", "CNAME", f"{DKIM.upper()}.")
    zone.remove("example.com", "CNAME", DKIM)
    assert zone.look_up("example.com", "CNAME") == set()


def test_remove_from_nothing() -> None:
    """Removing all records of a name without records is no error."""
    zone = Zone()
    zone.remove("example.com", "TXT", None)
    zone.remove("example.com", "TXT", "one")
    assert zone.published("example.com", "TXT") == ()


def test_resolver_is_asked_for_the_plain_name() -> None:
    """A resolver gets the name in lower case without final dot, and the type in upper case."""
    asked = []
    zone = Zone(lambda name, kind: asked.append((name, kind)) or ())  # type: ignore[func-returns-value]
    zone.look_up("_amazonses.EXAMPLE.com.", "txt")
    assert asked == [("_amazonses.example.com", "TXT")]


def test_copy_has_its_own_records() -> None:
    """A copy has its own records and asks the same resolver."""
    owner = Owner()
    zone = Zone(owner.resolve)
    zone.add("example.com", "TXT", "one")
    twin = copy.deepcopy(zone)
    twin.add("example.com", "TXT", "two")
    owner.values = ["second"]
    assert zone.look_up("example.com", "TXT") == {"one", "second"}
    assert twin.look_up("example.com", "TXT") == {"one", "two", "second"}
