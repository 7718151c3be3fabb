"""The pytest plugin: fixtures, the marker, the options, and the hooks, which call `_pytest.monitor`.

pytest loads it at every start, also for suites that never use it: nothing of ours, of botocore or of
freezegun is imported before a test requests a fixture.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from botocore.config import Config

    from ._api.stub import SESStub
    from ._pytest.leaked_threads import LeakedThreads
    from ._pytest.monitor import TestMonitor
    from ._server.endpoint import Endpoint

_MARKER = "ses_verify"

# Suite-wide defaults: option -> its meaning. The other options (clock, identities, …) cannot be written as text.
_INI = {
    "region": "region of the stub, and of SES clients made where none is configured",
    "account_id": "account of the stub",
    "rate": "requests per second for each operation, or none",
    "burst": "requests that an idle throttle allows without a pause",
    "max_identities": "most identities in one request, or none",
    "freeze": "true: the application's clocks stand still at the present; or an ISO date and time at which they do",
    "sleep": "virtual or real",
    "jitter": "0.0 to 1.0, or random",
    "seed": "seeds tokens, request ids and random jitter",
    "auto_verify": "true or false",
    "registration_lag": "seconds until a registered identity is shown",
    "retry_after": "true or false: whether a throttled answer says how long to wait",
    "production_access": "true or false: whether the account is out of the sandbox",
    "enforcement_status": "HEALTHY, PROBATION or SHUTDOWN: the account's standing with AWS",
    "unsupported": "fail, raise or passthrough",
    "behavior": "aws, or moto: new identities are verified immediately, and nothing is throttled or limited",
}
_NUMBERS = ("rate", "burst", "max_identities", "jitter", "seed", "registration_lag")
_SWITCHES = ("freeze", "auto_verify", "retry_after", "production_access")
_WORDS = {"none": None, "true": True, "false": False}
_GUARDED = ("stubbed", "all", "off")
_REPORTS = ("off", "summary", "tests")
_MODES = ("legacy", "standard", "adaptive")
_JITTERS = (1.0, 0.0)
_MONITOR: pytest.StashKey[TestMonitor] = pytest.StashKey()
_LEFT: pytest.StashKey[LeakedThreads] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Registers the options of the command line and of the ini file."""
    group = parser.getgroup("ses_stub", "ses_stub: Amazon SES identity verification")
    group.addoption(
        "--ses-verify-timeline",
        metavar="DIR",
        help="write the timeline of each failed test that used a stub to DIR, as a picture (SVG)",
    )
    group.addoption(
        "--ses-verify-report",
        nargs="?",
        const="tests",
        choices=_REPORTS,
        help="print calls, throttled attempts and the simulated wait: of each test that used a stub (tests), of the"
        " run (summary), or neither (off); default: ses_verify_report of the ini file, summary with -v",
    )
    for name, meaning in _INI.items():
        parser.addini(f"ses_verify_{name}", f"ses_stub: {meaning}", default=None)
    parser.addini(
        "ses_verify_guard",
        "ses_stub: which tests fail if they make an SES call while no stub is active: stubbed (those with the fixture"
        " or the marker), all or off",
        default="stubbed",
    )
    parser.addini(
        "ses_verify_report",
        "ses_stub: off, summary or tests; see --ses-verify-report",
        default=None,
    )


def pytest_configure(config: pytest.Config) -> None:
    """Registers the marker."""
    for name, known in (("guard", _GUARDED), ("report", _REPORTS)):
        given = config.getini(f"ses_verify_{name}")
        if given and given not in known:
            raise pytest.UsageError(f"ses_verify_{name}={given!r}: expected one of {', '.join(known)}")
    config.addinivalue_line(
        "markers",
        "ses_verify(**options): run the test inside ses_stub's mock_ses_verify with these options;"
        " implies the fixture ses_verify.",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Adds the fixture to a marked test, before its other fixtures."""
    for item in items:
        names = getattr(item, "fixturenames", None)
        if names is not None and _MARKER not in names and item.get_closest_marker(_MARKER) is not None:
            names.insert(0, _MARKER)


def _report(config: pytest.Config) -> str:
    """How much the plugin prints about the use of stubs: ``off``, ``summary`` or ``tests``."""
    wanted: str | None = config.getoption("ses_verify_report") or config.getini("ses_verify_report")
    return wanted or ("summary" if config.getoption("verbose") > 0 else "off")


def pytest_report_header(config: pytest.Config) -> str | None:
    """The suite's settings that differ from the defaults."""
    if _report(config) == "off":
        return None
    given = {name: config.getini(f"ses_verify_{name}") for name in (*_INI, "guard")}
    changed = [f"{name}={text}" for name, text in given.items() if text not in (None, "", "stubbed")]
    return f"ses_stub: {', '.join(changed) or 'defaults'}"


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Watches a test."""
    from ._pytest.monitor import TestMonitor

    guarded = item.config.getini("ses_verify_guard")
    is_guarded = guarded == "all" or (guarded == "stubbed" and _MARKER in getattr(item, "fixturenames", ()))
    item.stash[_MONITOR] = monitor = TestMonitor(item, is_guarded, _left_threads(item.config, is_guarded))
    monitor.start()
    yield
    monitor.stop()


def _left_threads(config: pytest.Config, is_guarded: bool) -> LeakedThreads | None:
    """The threads that tests have leaked; None before the first guarded test."""
    if is_guarded and _LEFT not in config.stash:
        from ._pytest.leaked_threads import LeakedThreads

        config.stash[_LEFT] = LeakedThreads()
    return config.stash.get(_LEFT, None)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Restores botocore as soon as no leaked thread is running any more."""
    left = config.stash.get(_LEFT, None)
    if left is not None:
        left.stop_when_idle()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Fails a test whose SES calls bypassed its stub, or whose application swallowed one of our errors."""
    monitor = item.stash.get(_MONITOR, None)
    if monitor is not None and not monitor.over and (failures := monitor.failures()):
        pytest.fail(failures, pytrace=False)


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Iterator[None]:
    """Adds the timelines of the stubs to the report of a test."""
    monitor = item.stash.get(_MONITOR, None)
    if monitor is not None:
        monitor.trim_traceback(call, item.config)
    outcome: Any = yield
    if monitor is not None:
        monitor.on_report(outcome.get_result(), call, item.config)


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Shows how two logs of calls differ."""
    if op != "==":
        return None
    from ._pytest.terminal import compare

    return compare(left, right)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Prints how much the run used stubs, if it used any and the report was asked for."""
    report = _report(config)
    if report == "off":
        return
    reports = [one for reports in terminalreporter.stats.values() for one in reports if hasattr(one, "ses_stub_usage")]
    if reports:
        from ._pytest.terminal import summarize

        summarize(terminalreporter, reports, by_test=report == "tests")


class RetryMode(NamedTuple):
    """The value of the fixture ``ses_retry_mode``.

    Attributes:
        mode: botocore's retry mode.
        jitter: the scope's option, see `mock_ses_verify`.

    """

    mode: str
    jitter: float

    @property
    def config(self) -> Config:
        """The mode as the ``config`` of a client."""
        from botocore.config import Config

        return Config(retries={"mode": self.mode})


@pytest.fixture(
    params=[
        pytest.param(RetryMode(mode, jitter), id=f"{mode}-jitter{jitter:g}") for mode in _MODES for jitter in _JITTERS
    ]
)
def ses_retry_mode(request: pytest.FixtureRequest) -> RetryMode:
    """Runs the test in each of botocore's retry modes, with the longest and the shortest back-off.

    The stub has the jitter, ``ses_client`` and ``sesv2_client`` have the mode; for other clients there is
    ``ses_retry_mode.config``.
    """
    mode: RetryMode = request.param
    return mode


@pytest.fixture
def ses_verify(request: pytest.FixtureRequest) -> Iterator[SESStub]:
    """Amazon SES identity verification, answered by ses_stub during the test; yields the stub (SESStub)."""
    __tracebackhide__ = True
    from ._api.activation import Activation
    from ._core.errors import SESStubError
    from ._model.options import make_options

    try:
        activation = Activation(make_options(_options(request)))
        stub = activation.activate()
    except SESStubError as wrong:
        # The frames up to here do not help; the same below.
        raise wrong.with_traceback(None) from None
    activation.service.require_faults_used = True
    yield stub
    monitor = request.node.stash.get(_MONITOR, None)
    activation.deactivate()
    try:
        activation.close(quiet=monitor is not None and monitor.over)
    except SESStubError as missed:
        raise missed.with_traceback(None) from None


@pytest.fixture
def ses_endpoint(ses_verify: SESStub) -> Iterator[Endpoint]:
    """The stub of ``ses_verify`` over HTTP, for child processes, whose environment variables point to it (needs the
    extra ``server``); yields the `Endpoint` with ``url`` and ``environ``.
    """
    with ses_verify.serve() as endpoint:
        yield endpoint


@pytest.fixture
def ses_client(request: pytest.FixtureRequest, ses_verify: SESStub) -> Any:
    """A new SES client (API v1) of the stub's region: boto3's, or botocore's where boto3 is not installed."""
    return _client(request, ses_verify, "ses")


@pytest.fixture
def sesv2_client(request: pytest.FixtureRequest, ses_verify: SESStub) -> Any:
    """A new SES client of API v2 (``sesv2``), else as ``ses_client``."""
    return _client(request, ses_verify, "sesv2")


def _client(request: pytest.FixtureRequest, stub: SESStub, service: str) -> Any:
    try:
        from boto3 import client
    except ImportError:
        from botocore.session import get_session

        client = get_session().create_client
    mode = _retry_mode(request)
    return client(service, region_name=stub.region, config=mode and mode.config)


def _retry_mode(request: pytest.FixtureRequest) -> RetryMode | None:
    """The retry mode of a test that uses the fixture; else None."""
    if "ses_retry_mode" not in request.fixturenames:
        return None
    mode: RetryMode = request.getfixturevalue("ses_retry_mode")
    return mode


def _options(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The ini options, overridden by the markers; the nearest marker wins."""
    from ._core.errors import ArgumentTypeError

    options = {}
    for name in _INI:
        text = request.config.getini(f"ses_verify_{name}")
        if text not in (None, ""):
            options[name] = _read(name, text)
    for marker in reversed(list(request.node.iter_markers(_MARKER))):
        if marker.args:
            raise ArgumentTypeError(
                f"@pytest.mark.ses_verify takes keywords, such as region='eu-west-1', not {marker.args!r}"
            )
        options.update(marker.kwargs)
    mode = _retry_mode(request)
    if mode is not None:
        options["jitter"] = mode.jitter
    return options


def _read(name: str, text: str) -> Any:
    """An ini text as an option's value; the option's own check rejects an invalid one."""
    if text.lower() in _WORDS and name in (*_NUMBERS, *_SWITCHES):
        return _WORDS[text.lower()]
    if name in _NUMBERS:
        for kind in (int, float):
            try:
                return kind(text)
            except ValueError:
                continue
    return text
