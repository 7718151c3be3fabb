"""What the pytest plugin reports: failed tests, untriggered failures and figures of the run."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from ses_stub._pytest import monitor

HEAD = """
import boto3, pytest, unittest
from contextlib import ExitStack
from ses_stub import current_stub, mock_ses_verify

def ask(**options):
    return boto3.client("ses", region_name="us-east-1").list_identities(**options)

"""
TITLE = "*- ses_stub -*"
BILL = "ses_stub: 1 call*"


def run(pytester: pytest.Pytester, source: str, *options: str, ini: str = "") -> pytest.RunResult:
    pytester.makepyfile(test_it=HEAD + source)
    pytester.makeini(f"[pytest]\n{ini}")
    return pytester.runpytest("-W", "error", "-p", "no:asyncio", "-p", "no:randomly", *options)


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """Options of another process, in which no other plugin is loaded: it may import much, and does so slowly."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    return ("-p", "ses_stub.pytest_plugin")


# Untriggered failures.

MISSED = "*SESStubError: 1 injected failure was never triggered: Throttling for ListIdentities, which was not called*"


def test_untriggered_failure_is_an_error_of_the_test(pytester: pytest.Pytester) -> None:
    """An untriggered failure is an error of the test, and its traceback shows no code of the package."""
    result = run(pytester, 'def test_it(ses_verify): ses_verify.inject("ListIdentities", error_code="Throttling")')
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*ERROR at teardown of test_it*", MISSED, TITLE])
    result.stdout.no_fnmatch_line("*_scope.py*")


@pytest.mark.parametrize(
    ("source", "outcomes"),
    [
        pytest.param("assert False", {"failed": 1}, id="failed"),
        pytest.param('pytest.skip("later")', {"skipped": 1}, id="skipped"),
        pytest.param('pytest.xfail("known")', {"xfailed": 1}, id="xfailed"),
    ],
)
def test_failed_test_ignores_missed_failures(pytester: pytest.Pytester, source: str, outcomes: dict[str, int]) -> None:
    """A test that has failed gets no further error for untriggered failures."""
    head = 'def test_it(ses_verify):\n    ses_verify.inject("ListIdentities", error_code="Throttling")\n    '
    result = run(pytester, head + source)
    result.assert_outcomes(**outcomes)


def test_untriggered_optional_failure_is_accepted(pytester: pytest.Pytester) -> None:
    """A failure with required=False need not be triggered."""
    source = 'def test_it(ses_verify): ses_verify.inject(error_code="Throttling", required=False)'
    run(pytester, source).assert_outcomes(passed=1)


# The section.


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("def test_it(ses_verify):\n    ask()\n    assert 0", id="fixture"),
        pytest.param("@pytest.mark.ses_verify\ndef test_it():\n    ask()\n    assert 0", id="marker"),
        pytest.param("@mock_ses_verify\ndef test_it():\n    ask()\n    assert 0", id="decorator"),
        pytest.param("def test_it():\n    with mock_ses_verify():\n        ask()\n    assert 0", id="ended"),
        pytest.param("def test_it():\n    with mock_ses_verify():\n        ask()\n        assert 0", id="open"),
        pytest.param(
            "@mock_ses_verify\nclass Case(unittest.TestCase):\n    def test_it(self):\n        ask()\n        assert 0",
            id="unittest",
        ),
    ],
)
def test_failed_test_shows_timeline_and_figures(pytester: pytest.Pytester, source: str) -> None:
    """The report of a failed test shows the timeline and figures of its stub, however the stub was made."""
    result = run(pytester, source)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([TITLE, "*ListIdentities()*answered*", BILL])


def test_failed_setup_shows_the_timeline_once(pytester: pytest.Pytester) -> None:
    """A failed set-up shows the section too, and only once."""
    source = "@pytest.fixture\ndef asked(ses_verify):\n    ask()\n    assert 0\ndef test_it(asked): pass"
    result = run(pytester, source)
    result.assert_outcomes(errors=1)
    assert str(result.stdout).count("ListIdentities()") == 1


def test_double_failure_shows_the_timeline_once(pytester: pytest.Pytester) -> None:
    """A test that fails, and fails again in its teardown, shows the section once."""
    source = (
        "@pytest.fixture\ndef bad():\n    yield\n    assert 0\ndef test_it(bad, ses_verify):\n    ask()\n    assert 0"
    )
    result = run(pytester, source)
    result.assert_outcomes(failed=1, errors=1)
    assert str(result.stdout).count("ListIdentities()") == 1


def test_stub_of_a_wider_scope_is_shown(pytester: pytest.Pytester) -> None:
    """A stub from before the test is shown too, and each call is counted once."""
    source = """
@pytest.fixture(scope="module")
def wide():
    with mock_ses_verify(rate=None) as ses:
        yield ses

def test_first(wide): ask()

def test_second(wide):
    ask()
    assert 0

def test_third(wide):
    ask()
    wide.reset()
    ask()
"""
    result = run(pytester, source, "--ses-verify-report")
    result.stdout.fnmatch_lines([TITLE, "ses_stub: 2 calls*", "test_it.py::test_first: 1 call,*"])
    result.stdout.fnmatch_lines(["ses_stub: 3 calls, 0 throttled*, in 3 tests"])


def test_section_omits_what_happens_after_the_test(pytester: pytest.Pytester) -> None:
    """Events that would happen only after the test are not shown, even if frozen time is released."""
    source = """
from freezegun import freeze_time

@freeze_time("2020-01-01")
def test_it(ses_client):
    ses_client.verify_domain_identity(Domain="example.com")
    assert 0
"""
    result = run(pytester, source)
    result.stdout.fnmatch_lines([TITLE, "*example.com: NotStarted -> Pending*"])
    result.stdout.no_fnmatch_line("*Pending -> Failed*")


FROZEN_TEST = """
from freezegun import freeze_time

{decorator}
@freeze_time("2020-01-01")
def test_it(ses_verify, ses_client):
    ses_client.verify_email_identity(EmailAddress="ann@example.com")
    assert 0
"""


@pytest.mark.parametrize("decorator", ["", "@pytest.mark.ses_verify(rate=None)"], ids=["fixture", "marker"])
def test_report_shows_no_change_that_never_happened(pytester: pytest.Pytester, decorator: str) -> None:
    """Pytest prints the fixture with the failure, after the test's freeze; that does not change the stub."""
    result = run(pytester, FROZEN_TEST.format(decorator=decorator))
    result.stdout.fnmatch_lines(["ses_verify = <SESStub us-east-1 123456789012: 1 identity, 1 call>*"])
    result.stdout.fnmatch_lines([TITLE, "*ann@example.com: NotStarted -> Pending*", BILL])
    result.stdout.no_fnmatch_line("*Pending -> Failed*")


def test_passing_or_stubless_test_has_no_section(pytester: pytest.Pytester) -> None:
    """A failed test without a stub, and a passing test, have no section."""
    result = run(pytester, "def test_plain(): assert 0\ndef test_stubbed(ses_verify): ask()", "-rA")
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.no_fnmatch_line(TITLE)


def test_error_in_the_section_keeps_the_failure(pytester: pytest.Pytester) -> None:
    """An error while making the section is shown there, and the test's own failure is kept."""
    source = (
        "from ses_stub._api.stub import service_of\n"
        "def test_it(ses_verify):\n    service_of(ses_verify).state = None\n    assert 'mine' == 'yours'"
    )
    result = run(pytester, source)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*assert 'mine' == 'yours'", TITLE, "the timeline could not be made: *Error(*"])


# The picture.


def test_timeline_option_writes_a_picture_for_each_stub(pytester: pytest.Pytester) -> None:
    """With --ses-verify-timeline each failed test writes a picture of each of its stubs, named in the section."""
    source = (
        "def test_it(ses_verify):\n    with mock_ses_verify(): ask()\n    assert 0\ndef test_fine(ses_verify): pass"
    )
    result = run(pytester, source, "--ses-verify-timeline=out/pictures")
    folder = pytester.path / "out" / "pictures"
    names = ["test_it.py-test_it-2.svg", "test_it.py-test_it.svg"]
    assert sorted(path.name for path in folder.iterdir()) == names
    result.stdout.fnmatch_lines([f"timeline: {folder / names[1]}", f"timeline: {folder / names[0]}"])
    for name in names:
        assert ElementTree.parse(folder / name).getroot().tag.endswith("svg")


@pytest.mark.parametrize(
    ("nodeid", "name"),
    [
        pytest.param("tests/test_a.py::test_it", "tests-test_a.py-test_it", id="plain"),
        pytest.param("test_a.py::TestIt::test_it[one-2.5]", "test_a.py-TestIt-test_it-one-2.5", id="params"),
        pytest.param("test_a.py::test_it[a b:*?ü]", "test_a.py-test_it-a_b_-fd5baebb", id="odd"),
    ],
)
def test_picture_is_named_after_its_test(nodeid: str, name: str) -> None:
    """A picture is named after its test, with characters that every file system allows."""
    assert monitor.file_name(nodeid) == name


def test_file_names_differ() -> None:
    """Tests whose names are shortened or lose a character still have different file names."""
    nodeids = [f"test_a.py::test_it[{param}]" for param in ("a b", "a_b", "a?b", "x" * 300, "x" * 301)]
    names = {monitor.file_name(nodeid) for nodeid in nodeids}
    assert len(names) == len(nodeids)
    assert max(map(len, names)) < 120


# The run.


def test_timelines_of_several_stubs_are_numbered(pytester: pytest.Pytester) -> None:
    """The timelines of several stubs are numbered, and show their region."""
    source = """
def test_it(ses_verify):
    with mock_ses_verify(region="eu-west-1"):
        assert 0
"""
    run(pytester, source).stdout.fnmatch_lines([TITLE, "stub 1 of 2, us-east-1:", "stub 2 of 2, eu-west-1:"])


MANY = """
@pytest.mark.parametrize("fails", [True, False])
def test_it(fails):
    for number in range(14):
        with mock_ses_verify(rate=None):
            ask()
    assert not fails
"""


def test_last_ten_of_many_stubs_are_shown(pytester: pytest.Pytester) -> None:
    """If a test makes many stubs, as a property test does, the last ten are shown."""
    result = run(pytester, MANY)
    headings = [line for line in str(result.stdout).splitlines() if line.startswith("stub ")]
    assert headings == [f"stub {number} of 14, us-east-1:" for number in range(5, 15)]


def test_figures_of_many_stubs(pytester: pytest.Pytester) -> None:
    """The figures are those of all stubs."""
    lines = [f"test_it.py::test_it[[]{fails}[]]: 14 calls, *" for fails in ("False", "True")]
    run(pytester, MANY, "--ses-verify-report").stdout.fnmatch_lines([*lines, "ses_stub: 28 calls, *, in 2 tests"])


def test_active_stub_is_shown_among_many(pytester: pytest.Pytester) -> None:
    """A stub that is still active is shown, however many were made since."""
    source = """
def test_it(ses_verify):
    with ExitStack() as stack:
        for number in range(14):
            stack.enter_context(mock_ses_verify())
        assert 0
"""
    result = run(pytester, source)
    result.stdout.fnmatch_lines(["stub 1 of 15, us-east-1:", "stub 15 of 15, us-east-1:"])


def test_run_ends_with_summed_figures(pytester: pytest.Pytester) -> None:
    """With the summary, a run that used a stub ends with figures that are summed over all tests."""
    source = """
def test_one(ses_client):
    ses_client.list_identities()
    ses_client.list_identities()

def test_two():
    with mock_ses_verify(): ask()

def test_plain(): pass
"""
    line = "ses_stub: 4 calls, 1 throttled attempt, 1 s simulated wait, in 2 tests"
    run(pytester, source, "--ses-verify-report=summary").stdout.fnmatch_lines([line, "*3 passed*"])


@pytest.mark.parametrize(
    ("ini", "args", "shown"),
    [
        pytest.param("", [], "off", id="default"),
        pytest.param("", ["-v"], "summary", id="verbose"),
        pytest.param("ses_verify_report = summary", [], "summary", id="ini"),
        pytest.param("ses_verify_report = tests", [], "tests", id="ini-tests"),
        pytest.param("ses_verify_report = off", ["-v"], "off", id="ini-off-and-verbose"),
        pytest.param("ses_verify_report = tests", ["--ses-verify-report=off"], "off", id="command-line"),
    ],
)
def test_report_is_printed_on_request(pytester: pytest.Pytester, ini: str, args: list[str], shown: str) -> None:
    """A run prints nothing about ses_stub unless it is asked to: by -v, the ini file or the command line."""
    result = run(pytester, "def test_it(ses_verify): ask()", *args, ini=ini)
    lines = [line for line in result.outlines if line.startswith(("ses_stub: ", "test_it.py::test_it: "))]
    by_test = ["test_it.py::test_it: 1 call, 0 throttled attempts, 0 s simulated wait"] * (shown == "tests")
    summary = ["ses_stub: 1 call, 0 throttled attempts, 0 s simulated wait, in 1 test"]
    assert lines == ([] if shown == "off" else ["ses_stub: defaults", *by_test, *summary])


def test_unknown_report_is_refused(pytester: pytest.Pytester) -> None:
    """A report that does not exist is a usage error that names those that do."""
    result = run(pytester, "", ini="ses_verify_report = all")
    result.stderr.fnmatch_lines(["ERROR: ses_verify_report='all': expected one of off, summary, tests"])


def test_summary_by_test(pytester: pytest.Pytester) -> None:
    """With --ses-verify-report every test that used a stub has a line, in alphabetical order."""
    source = "def test_two(ses_verify): ask()\ndef test_one(ses_verify): pass"
    result = run(pytester, source, "--ses-verify-report")
    result.stdout.fnmatch_lines(
        [
            "*= ses_stub =*",
            "test_it.py::test_one: 0 calls, 0 throttled attempts, 0 s simulated wait",
            "test_it.py::test_two: 1 call, 0 throttled attempts, 0 s simulated wait",
            "ses_stub: 1 call, *, in 2 tests",
        ],
        consecutive=True,
    )


def test_run_without_stub_has_no_summary(pytester: pytest.Pytester) -> None:
    """A run without a stub prints no figures."""
    result = run(pytester, "def test_it(): pass", "--ses-verify-report")
    result.stdout.no_fnmatch_line("ses_stub: * calls*")


def test_usage_is_added_to_its_like_only() -> None:
    """Usage can be added to usage, and to nothing else."""
    assert monitor.Usage(1, 2, 0.5) + monitor.Usage(2, 0, 1) == (3, 2, 1.5)
    with pytest.raises(TypeError):
        monitor.Usage() + (1, 2, 3)  # type: ignore[operator]  # noqa: RUF005


def test_stub_of_a_late_import_is_shown(pytester: pytest.Pytester, alone: tuple[str, ...]) -> None:
    """The first stub is reported even if the package is first imported inside the test."""
    pytester.makepyfile("""
        def test_it():
            from ses_stub import mock_ses_verify
            with mock_ses_verify():
                assert 0
    """)
    result = pytester.runpytest_subprocess(*alone, "-v")
    result.stdout.fnmatch_lines([TITLE, "ses_stub: 0 calls, *, in 1 test"])


def test_xdist_workers_add_up_their_figures(pytester: pytest.Pytester, alone: tuple[str, ...]) -> None:
    """With pytest-xdist the workers' figures are added up, and a failed test has its section."""
    pytest.importorskip("xdist")
    source = """
@pytest.mark.parametrize("number", range(4))
def test_it(ses_client, number):
    ses_client.list_identities()
    ses_client.list_identities()
    assert number
"""
    pytester.makepyfile(test_it=HEAD + source)
    result = pytester.runpytest_subprocess(*alone, "-p", "xdist", "-n2", "--ses-verify-report")
    result.assert_outcomes(passed=3, failed=1)
    usage = "3 calls, 1 throttled attempt, 1 s simulated wait"
    by_test = [f"test_it.py::test_it[[]{number}[]]: {usage}" for number in range(4)]
    total = "ses_stub: 12 calls, 4 throttled attempts, 4 s simulated wait, in 4 tests"
    result.stdout.fnmatch_lines([TITLE, *by_test, total])


def test_foreign_test_loop_has_no_report(pytester: pytest.Pytester) -> None:
    """If another plugin runs tests without pytest's protocol, there is no report and no error."""
    pytester.makeconftest("""
        from _pytest.runner import runtestprotocol

        def pytest_runtestloop(session):
            for item in session.items:
                runtestprotocol(item)
            return True
    """)
    run(pytester, "def test_it(ses_verify):\n    ask()\n    assert 0").assert_outcomes(failed=1)


@pytest.mark.parametrize(
    ("ini", "line"),
    [
        pytest.param("", "ses_stub: defaults", id="none"),
        pytest.param("ses_verify_rate = 2.5\nses_verify_guard = all", "ses_stub: rate=2.5, guard=all", id="changed"),
    ],
)
def test_header_shows_changed_ini_options(pytester: pytest.Pytester, ini: str, line: str) -> None:
    """With -v, the header of the run shows what the ini file changes."""
    run(pytester, "", "-v", ini=ini).stdout.fnmatch_lines([line])


def test_start_is_light(pytester: pytest.Pytester, alone: tuple[str, ...]) -> None:
    """Tests without a stub load neither botocore nor most modules of the package."""
    pytester.makepyfile("""
        import sys

        def test_first():
            pass

        def test_second():
            ours = {name for name in sys.modules if name.startswith("ses_stub.")}
            light = {"_core", "_core.locks", "_core.hooks", "_pytest", "_pytest.monitor", "pytest_plugin"}
            assert ours == {f"ses_stub.{name}" for name in light}
            assert "botocore" not in sys.modules
    """)
    pytester.runpytest_subprocess("-W", "error", *alone).assert_outcomes(passed=2)


def test_pytest_durations_stay_real_under_freeze(pytester: pytest.Pytester, alone: tuple[str, ...]) -> None:
    """Pytest's durations stay real while time is frozen, and do not include simulated hours."""
    pytester.makepyfile("""
        import pytest

        @pytest.mark.ses_verify(freeze="2026-01-01")
        def test_it(ses_verify):
            ses_verify.clock.sleep(7200)
    """)
    result = pytester.runpytest_subprocess(*alone, "--durations=0", "-vv")
    result.assert_outcomes(passed=1)
    found = re.findall(r"^(\d+)\.\d+s (?:setup|call|teardown)", result.stdout.str(), re.MULTILINE)
    assert all(int(seconds) < 60 for seconds in found)
    assert found
