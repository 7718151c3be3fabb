"""Calls SES and DynamoDB under an instrument that is installed at some point: `instrumented.py INSTRUMENT WHEN`.

Each instrument is the real one, and most can be installed only once in a process. It has to see every call from then
on; the stub has to answer those of SES, and moto those of DynamoDB; and in the end each attribute of botocore has to be
the very object that the instrument, or botocore, has set there.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

import boto3
from botocore.client import BaseClient
from botocore.endpoint import Endpoint
from botocore.parsers import ResponseParser
from clients import TOUCHED
from moto import mock_aws

from ses_stub import mock_ses_verify

#: Collects the operations that the instrument sees during a ``with``; complete after it.
Recorder = Callable[[], AbstractContextManager[list[str]]]

PLACES = [*TOUCHED, *((Endpoint, name) for name in ("make_request", "prepare_request"))]
PLACES += [(BaseClient, "_make_api_call"), (BaseClient, "_emit_api_params"), (ResponseParser, "parse")]
CALLS = ["listidentities", "listemailidentities", "listtables", "listidentities"]


def newrelic() -> Recorder:
    os.environ.update(
        NEW_RELIC_DEVELOPER_MODE="true",  # Sends nothing.
        NEW_RELIC_LICENSE_KEY="0" * 40,
        NEW_RELIC_APP_NAME="tests",
        NEW_RELIC_LOG=os.devnull,
    )
    from newrelic import agent

    agent.initialize()
    application = agent.register_application(timeout=10)

    @contextmanager
    def record() -> Iterator[list[str]]:
        seen: list[str] = []
        with agent.BackgroundTask(application, "calls") as transaction:
            yield seen
            nodes = transaction.root_span.children
            seen += [
                node.agent_attributes["aws.operation"] for node in nodes if "aws.operation" in node.agent_attributes
            ]

    return record


def opentelemetry() -> Recorder:
    from opentelemetry.instrumentation.botocore import BotocoreInstrumentor
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    BotocoreInstrumentor().instrument(tracer_provider=provider)

    @contextmanager
    def record() -> Iterator[list[str]]:
        seen: list[str] = []
        exporter.clear()
        yield seen
        seen += [str((span.attributes or {})["rpc.method"]) for span in exporter.get_finished_spans()]

    return record


def xray() -> Recorder:
    from aws_xray_sdk.core import patch, xray_recorder

    class Unsent:
        def send_entity(self, entity: Any) -> None:
            pass

        def set_daemon_address(self, address: Any) -> None:
            pass

    xray_recorder.configure(emitter=Unsent(), sampling=False, context_missing="RUNTIME_ERROR")
    patch(["botocore"])

    @contextmanager
    def record() -> Iterator[list[str]]:
        seen: list[str] = []
        with xray_recorder.in_segment("calls") as segment:
            yield seen
            seen += [one.aws["operation"] for one in segment.subsegments]

    return record


def ddtrace() -> Recorder:
    os.environ.update(DD_INSTRUMENTATION_TELEMETRY_ENABLED="false", DD_REMOTE_CONFIGURATION_ENABLED="false")
    from ddtrace import patch
    from ddtrace.trace import TraceFilter, tracer

    found: list[str] = []

    class Keep(TraceFilter):
        def process_trace(self, trace: Any) -> None:
            found.extend(span.resource for span in trace)

    tracer.configure(trace_processors=[Keep()])
    patch(botocore=True)

    @contextmanager
    def record() -> Iterator[list[str]]:
        found.clear()
        yield found

    return record


def sentry() -> Recorder:
    import sentry_sdk
    from sentry_sdk.integrations.boto3 import Boto3Integration

    found: list[str] = []

    def keep(event: Any, _: Any) -> None:
        found.extend(span["description"] for span in event["spans"])

    sentry_sdk.init(
        dsn="https://key@localhost/1",
        traces_sample_rate=1.0,
        before_send_transaction=keep,
        default_integrations=False,
        integrations=[Boto3Integration()],
    )

    @contextmanager
    def record() -> Iterator[list[str]]:
        found.clear()
        with sentry_sdk.start_transaction(name="calls"):
            yield found

    return record


def wrapt() -> Recorder:
    """An instrument of the user's own, on the method that ses_stub patches itself."""
    from wrapt import wrap_function_wrapper

    found: list[str] = []

    def see(wrapped: Any, instance: Any, args: Any, kwargs: Any) -> Any:
        assert isinstance(instance, Endpoint)
        found.append(args[1].name)
        return wrapped(*args, **kwargs)

    wrap_function_wrapper("botocore.endpoint", "Endpoint._send_request", see)

    @contextmanager
    def record() -> Iterator[list[str]]:
        found.clear()
        yield found

    return record


INSTRUMENTS = (newrelic, opentelemetry, xray, ddtrace, sentry, wrapt)


def every() -> Recorder:
    """All of them, one upon the other."""
    recorders = [one() for one in INSTRUMENTS]

    @contextmanager
    def record() -> Iterator[list[str]]:
        seen: list[str] = []
        with ExitStack() as stack:
            lists = [stack.enter_context(one()) for one in recorders]
            yield seen
        seen += lists[0]
        found = [[one.rpartition(".")[2].lower() for one in operations] for operations in lists]
        assert found == [found[0]] * len(found), found

    return record


def attributes() -> list[Any]:
    return [vars(owner)[name] for owner, name in PLACES]


def main(instrument: Callable[[], Recorder], when: str) -> None:
    expected = attributes()
    session = boto3.Session(region_name="us-east-1")

    def install() -> Recorder:
        before = attributes()
        recorder = instrument()
        # By identity: wrapt's wrappers are equal to what they wrap.
        patched = {number: now for number, now in enumerate(attributes()) if now is not before[number]}
        assert patched, "it patches none of the places"
        for number, now in patched.items():
            expected[number] = now
        return recorder

    def call(client: Any) -> None:
        sesv2 = session.client("sesv2")
        assert client.list_identities()["Identities"] == ["example.com"]
        assert sesv2.list_email_identities()["EmailIdentities"][0]["IdentityName"] == "example.com"
        assert dynamodb.list_tables()["TableNames"] == []
        assert session.client("ses").list_identities()["Identities"] == ["example.com"]

    def record(recorder: Recorder, client: Any) -> None:
        with recorder() as seen:
            call(client)
        assert [one.rpartition(".")[2].lower() for one in seen] == CALLS, seen

    with mock_aws():
        dynamodb, older = session.client("dynamodb"), session.client("ses")
        if when == "between":
            with mock_ses_verify(identities=["example.com"], rate=None):
                call(older)
        recorder = install() if when != "inside" else None
        for number in (1, 2):
            with mock_ses_verify(identities=["example.com"], rate=None) as ses:
                if recorder is None:
                    call(older)
                    recorder = install()
                record(recorder, older)
                assert ses.calls.operations[-3:] == ["ListIdentities", "ListEmailIdentities", "ListIdentities"]
            # Between the two, an instrument that began inside has our wrapper below it; it passes calls on.
            with recorder() as seen:
                dynamodb.list_tables()
            assert len(seen) == 1, (number, seen)
    wrong = [place for place, now, then in zip(PLACES, attributes(), expected, strict=True) if now is not then]
    assert not wrong, f"not what was set there: {wrong}"


if __name__ == "__main__":
    main({**{one.__name__: one for one in INSTRUMENTS}, "every": every}[sys.argv[1]], sys.argv[2])
