"""What is taken for granted of freezegun, time-machine and moto, fact by fact.

A failure here means that one of them has changed, and says which function of ours to look at.
"""

from __future__ import annotations

import inspect
from datetime import datetime, timedelta
from typing import Any

import boto3
import freezegun.api
import pytest

# freezegun and time-machine.


@pytest.mark.parametrize("options", [{}, {"tick": True}, {"auto_tick_seconds": 1}], ids=str)
def test_freezegun_insides(options: dict[str, Any]) -> None:
    """Freezegun's innermost clock is the last of freeze_factories: called it tells the time, and tick moves it."""
    freeze: Any = freezegun.freeze_time("2030-01-01", **options)
    assert freezegun.api.freeze_factories == [], "freezegun.api.freeze_factories: see _clock._frozen"
    with freeze as given:
        assert freezegun.api.freeze_factories[-1] is given, "freezegun.api.freeze_factories: see _clock._frozen"
        assert given().replace(microsecond=0) == datetime(2030, 1, 1), "freezegun's clock: see _clock.SystemClock"
        given.tick(timedelta(hours=1))
        assert (given().day, given().hour) == (1, 1), "freezegun's tick: see _clock._move_holder"
    assert freezegun.api.freeze_factories == [], "freezegun.api.freeze_factories: see _clock._frozen"


def test_freezegun_asyncio() -> None:
    """freeze_time can leave event loops their real time."""
    assert "real_asyncio" in inspect.signature(freezegun.freeze_time).parameters, (
        "freeze_time(real_asyncio): see _scope.Run._freeze"
    )


@pytest.mark.parametrize("tick", [False, True])
def test_time_machine_insides(tick: bool) -> None:
    """What time-machine holds is on a stack of one of two names; its shift moves the innermost."""
    time_machine = pytest.importorskip("time_machine")
    with time_machine.travel("2030-01-01 00:00Z", tick=tick) as given:
        names = [name for name in ("traveller_stack", "coordinates_stack") if hasattr(time_machine, name)]
        assert len(names) == 1, f"time-machine's stack is one of {dir(time_machine)}: see _clock._move_holder"
        assert getattr(time_machine, names[0])[-1] is given, "time-machine's stack: see _clock._move_holder"
        given.shift(timedelta(hours=1))
        assert datetime.now().hour == datetime.fromtimestamp(1893459600).hour, "shift: see _clock._move_holder"
    assert not getattr(time_machine, names[0]), "time-machine's stack: see _clock._move_holder"


# moto.


def test_moto_insides() -> None:
    """moto has one stubber, which is enabled while it mocks, and handles before-send itself."""
    moto = pytest.importorskip("moto")
    from moto.core.models import botocore_stubber

    assert botocore_stubber.enabled is False, "moto's stubber.enabled: see _botocore._moto_active"
    with moto.mock_aws():
        assert botocore_stubber.enabled is True, "moto's stubber.enabled: see _botocore._moto_active"
        handlers = boto3.client("ses", region_name="us-east-1").meta.events._emitter._handlers
        modules = [type(one).__module__ for one in handlers.prefix_search("before-send.ses")]
    assert "moto.core.botocore_stubber" in modules, f"moto's handler is in {modules}: see _botocore._MOTO"
