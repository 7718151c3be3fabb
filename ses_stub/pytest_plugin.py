"""The pytest plugin: fixtures, the marker, the options, and the hooks.

pytest loads it at every start, also for suites that never use it. So it imports nothing of ours, of botocore or of
freezegun before a test requests a fixture.
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

# The ini settings and their help. The other options (clock, identities, …) cannot be written as text.
_INI = {
    "region": "region of the stub, and of SES clients that have none configured",
    "account_id": "account of the stub",
    "rate": "requests per second for each operation, or none",
    "burst": "requests that an idle throttle allows without a pause",
    "max_identities": "most identities in one GetIdentity…Attributes, or none",
    "freeze": "true freezes the application's clocks at the current time, an ISO date and time at that time",
    "sleep": "virtual or real",
    "jitter": "0.0 to 1.0, or random",
    "auto_verify": "true or false",
    "production_access": "true or false: whether the account is out of the sandbox",
    "enforcement_status": "HEALTHY, PROBATION or SHUTDOWN: the account's status with AWS",
    "unsupported": "fail, raise or passthrough",
    "behavior": "aws, or moto: new identities are verified immediately, and nothing is throttled or limited",
}
_NUMBERS = ("rate", "burst", "max_identities", "jitter")
_SWITCHES = ("freeze", "auto_verify", "production_access")
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
        help="write the timeline of each failed test that used a stub as an SVG to DIR",
    )
    group.addoption(
        "--ses-verify-report",
        nargs="?",
        const="tests",
        choices=_REPORTS,
        help="print calls, throttled attempts and simulated wait: of each test that used a stub (tests), of the run"
        " (summary), or never (off); default: ses_verify_report in the ini file, or summary with -v",
    )
    for name, meaning in _INI.items():
        parser.addini(f"ses_verify_{name}", f"ses_stub: {meaning}", default=None)
    parser.addini(
        "ses_verify_guard",
        "ses_stub: which tests fail if they call SES while no stub is active: stubbed (those with the fixture or the"
        " marker), all or off",
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
        "ses_verify(**options): run the test inside ses_stub's mock_ses_verify with these options. Includes the fixture"
        " ses_verify.",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Adds the fixture to a marked test, before its other fixtures."""
    for item in items:
        names = getattr(item, "fixturenames", None)
        if names is not None and _MARKER not in names and item.get_closest_marker(_MARKER) is not None:
            names.insert(0, _MARKER)


def _report(config: pytest.Config) -> str:
    """What the plugin prints: ``off``, ``summary`` or ``tests``."""
    wanted: str | None = config.getoption("ses_verify_report") or config.getini("ses_verify_report")
    return wanted or ("summary" if config.getoption("verbose") > 0 else "off")


def pytest_report_header(config: pytest.Config) -> str | None:
    """The suite's settings that are not the defaults."""
    if _report(config) == "off":
        return None
    given = {name: config.getini(f"ses_verify_{name}") for name in (*_INI, "guard")}
    changed = [f"{name}={text}" for name, text in given.items() if text not in (None, "", "stubbed")]
    return f"ses_stub: {', '.join(changed) or 'defaults'}"


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Monitors a test."""
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
    """Restores botocore when all leaked threads have ended."""
    left = config.stash.get(_LEFT, None)
    if left is not None:
        left.stop_when_idle()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Fails a test that called SES without its stub, or whose application swallowed one of our errors."""
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
    """Prints the usage of stubs in the run, if requested and if there was any."""
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
        jitter: the scope's option `jitter`.

    """

    mode: str
    jitter: float

    @property
    def config(self) -> Config:
        """The mode as a client's ``config``."""
        from botocore.config import Config

        return Config(retries={"mode": self.mode})


@pytest.fixture(
    params=[
        pytest.param(RetryMode(mode, jitter), id=f"{mode}-jitter{jitter:g}") for mode in _MODES for jitter in _JITTERS
    ]
)
def ses_retry_mode(request: pytest.FixtureRequest) -> RetryMode:
    """Runs the test in each of botocore's retry modes, with the longest and the shortest back-off.

    The stub has the jitter; ``ses_client`` and ``sesv2_client`` have the mode. Pass ``ses_retry_mode.config`` to other
    clients.
    """
    mode: RetryMode = request.param
    return mode


@pytest.fixture
def ses_verify(request: pytest.FixtureRequest) -> Iterator[SESStub]:
    """Answers all SES calls of the test; yields the stub (SESStub)."""
    __tracebackhide__ = True
    from ._api.activation import Activation, Period
    from ._core.errors import SESStubError
    from ._model.options import make_options

    try:
        period = Period(Activation(make_options(_options(request))))
        with period as stub:
            period.activation.service.require_faults_used = True
            yield stub
            monitor = request.node.stash.get(_MONITOR, None)
            period.checks = monitor is None or not monitor.over
    except SESStubError as wrong:
        # The frames up to here do not help.
        raise wrong.with_traceback(None) from None


@pytest.fixture
def ses_endpoint(ses_verify: SESStub) -> Iterator[Endpoint]:
    """Serves ``ses_verify`` over HTTP, for child processes, whose environment variables point to it (extra ``server``).

    Yields the `Endpoint`, with ``url`` and ``environ``.
    """
    with ses_verify.serve() as endpoint:
        yield endpoint


@pytest.fixture
def ses_client(request: pytest.FixtureRequest, ses_verify: SESStub) -> Any:
    """A new SES client (API v1) for the stub's region: of boto3, or of botocore if boto3 is not installed."""
    return _client(request, ses_verify, "ses")


@pytest.fixture
def sesv2_client(request: pytest.FixtureRequest, ses_verify: SESStub) -> Any:
    """A new SES client of API v2 (``sesv2``), otherwise as ``ses_client``."""
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
    if "ses_retry_mode" not in request.fixturenames:
        return None
    mode: RetryMode = request.getfixturevalue("ses_retry_mode")
    return mode


def _options(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The ini options, overridden by the markers. The nearest marker takes precedence."""
    from ._core.errors import ArgumentTypeError

    options = {}
    for name in _INI:
        text = request.config.getini(f"ses_verify_{name}")
        if text not in (None, ""):
            options[name] = _read(name, text)
    for marker in reversed(list(request.node.iter_markers(_MARKER))):
        if marker.args:
            raise ArgumentTypeError(
                f"@pytest.mark.ses_verify takes keyword arguments, such as region='eu-west-1', not {marker.args!r}"
            )
        options.update(marker.kwargs)
    mode = _retry_mode(request)
    if mode is not None:
        options["jitter"] = mode.jitter
    return options


def _read(name: str, text: str) -> Any:
    """An ini text as an option's value. The option itself rejects an invalid one."""
    if text.lower() in _WORDS and name in (*_NUMBERS, *_SWITCHES):
        return _WORDS[text.lower()]
    if name in _NUMBERS:
        for kind in (int, float):
            try:
                return kind(text)
            except ValueError:
                continue
    return text
