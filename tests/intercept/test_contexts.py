"""Greenlets as `contexts` sees them, by stand-ins for the library; ``tests/neighbours/test_gevent.py`` has the real."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context
from types import SimpleNamespace
from typing import Any

import pytest
from clients import make_client, names

from ses_stub import mock_ses_verify

ServeIn = Callable[[Any, Callable[[], Any]], Any]


@pytest.fixture
def run_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[ServeIn]:
    """Calls a function in a greenlet."""
    running = [SimpleNamespace(parent=None)]
    monkeypatch.setitem(sys.modules, "greenlet", SimpleNamespace(getcurrent=lambda: running[-1]))  # type: ignore[arg-type]

    @contextmanager
    def switched(greenlet: Any) -> Iterator[None]:
        running.append(greenlet)
        yield
        running.pop()

    def call(greenlet: Any, function: Callable[[], Any]) -> Any:
        with switched(greenlet):
            return greenlet.context.run(function)

    return call


def new_greenlet(spawner: Any = None) -> Any:
    return SimpleNamespace(parent="hub", dead=False, spawning_greenlet=lambda: spawner, context=Context())


def test_greenlets_side_by_side(run_in: ServeIn) -> None:
    """Each greenlet sees its own scope, and those that it spawns see it too."""
    client, one, two = make_client(), new_greenlet(), new_greenlet()
    scopes = {name: mock_ses_verify(identities=[f"{name}.example"], rate=None) for name in ("outer", "one", "two")}
    scopes["outer"].start()
    run_in(one, scopes["one"].start)
    run_in(two, scopes["two"].start)
    assert names(client) == ["outer.example"]
    assert run_in(one, lambda: names(client)) == ["one.example"]
    assert run_in(new_greenlet(new_greenlet(one)), lambda: names(client)) == ["one.example"]
    run_in(one, scopes["one"].stop)
    assert run_in(one, lambda: names(client)) == ["outer.example"]
    two.dead = True
    assert names(client) == ["two.example"]
    for name in ("two", "outer"):
        scopes[name].stop()
