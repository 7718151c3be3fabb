"""What we rely on in moto, freezegun, time-machine and pytest: every fact, one by one.

When a new version moves one of them, its test says what moved and which function to look at; that text is each test's
own description.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import boto3
import freezegun.api
import pytest
from clients import handlers

from ses_stub._api import class_fixtures
from ses_stub._intercept.handlers import MOTO_MODULE, is_moto_active
from ses_stub._time import clock

BEFORE_SEND = "before-send.ses.ListIdentities"

# moto.


def test_moto_tells_whether_it_is_active() -> None:
    moto = pytest.importorskip("moto")
    assert not is_moto_active(), "botocore_stubber.enabled is set outside moto; look at is_moto_active"
    with moto.mock_aws():
        assert is_moto_active(), "botocore_stubber moved; look at handlers.is_moto_active"
        client = boto3.client("ses", region_name="us-east-1")
        modules = [type(one).__module__ for one in handlers(client, BEFORE_SEND)]
        assert MOTO_MODULE in modules, "moto's handler is another type's; look at handlers.MOTO_MODULE"


# The tools that freeze the time.


@pytest.mark.parametrize("options", [{}, {"tick": True}, {"auto_tick_seconds": 1}], ids=str)
def test_freezegun_keeps_its_factories(options: dict[str, Any]) -> None:
    assert freezegun.api.freeze_factories == [], "freeze_factories is filled without a freeze; see _clock._frozen"
    with freezegun.freeze_time("2030-01-01", **options) as holder:
        assert freezegun.api.freeze_factories[-1] is holder, "it is kept elsewhere; look at _clock._frozen"
        assert isinstance(holder(), datetime), "a freeze gives no datetime; look at SystemClock._moment"
        assert holder().tzinfo is None, "a freeze gives an aware datetime; look at SystemClock._moment"
        before = holder()
        holder.tick(timedelta(days=1))
        assert holder() - before > timedelta(hours=23), "tick takes no timedelta; look at _clock._move_holder"


def test_time_machine_keeps_its_stack_of_travellers() -> None:
    time_machine = pytest.importorskip("time_machine")
    assert not clock.shift_active_tool(1), "time-machine's stack is filled without a travel; look at _move_holder"
    with time_machine.travel("2030-01-01", tick=False) as traveller:
        stacks = [getattr(time_machine, name, None) for name in ("traveller_stack", "coordinates_stack")]
        assert [stack[-1] for stack in stacks if stack] == [traveller], "the stack is renamed; look at _move_holder"


# pytest.


class Owner:
    @pytest.fixture(scope="class", name="renamed", params=[1])
    def fixture(self, request: pytest.FixtureRequest) -> Any:
        return request.param


def test_fixture_has_marker_and_function() -> None:
    member = vars(Owner)["fixture"]
    assert class_fixtures.is_fixture(member), "pytest keeps fixtures otherwise; look at _pytest_fixtures._marker"
    marker = class_fixtures._marker(member)
    assert (marker.scope, marker.name, marker.params) == ("class", "renamed", (1,)), (
        "a fixture's marker has other attributes; look at _pytest_fixtures.rebuild"
    )
    function = class_fixtures._function(member)
    assert function(None, SimpleNamespace(param=5)) == 5, "look at _pytest_fixtures._function"


def test_pytest_fixture_can_be_rebuilt() -> None:
    member = vars(Owner)["fixture"]
    scopes: list[object] = []

    def wrap(function: Any, scope: object) -> Any:
        scopes.append(scope)
        return lambda self, request: -function(self, request)

    rebuilt = class_fixtures.rebuild(member, wrap)
    assert scopes == ["class"]
    assert class_fixtures.is_fixture(rebuilt), "a marker makes no fixture; look at _pytest_fixtures.rebuild"
    assert class_fixtures._function(rebuilt)(None, SimpleNamespace(param=5)) == -5
    assert class_fixtures._marker(rebuilt) == class_fixtures._marker(member)


def test_other_objects_are_not_fixtures() -> None:
    for member in (test_other_objects_are_not_fixtures, Owner, 5, staticmethod(test_other_objects_are_not_fixtures)):
        assert not class_fixtures.is_fixture(member), "look at _pytest_fixtures._marker"
