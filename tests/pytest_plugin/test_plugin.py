"""The pytest plugin: fixtures, marker and ini options, in separate runs."""

from __future__ import annotations

import sys

import freezegun  # noqa: F401  # Here, so that an inner run does not import it for itself.
import pytest

import ses_stub._api.scope  # noqa: F401  # As above.

# pytest-asyncio, where it is installed, warns at its start.
STRICT = ("-W", "error", "-p", "no:asyncio", "--strict-markers")
# Where other plugins are not loaded by themselves.
ONLY = ("-p", "ses_stub.pytest_plugin")

OPTIONS = {
    "region": ("eu-west-1", "eu-west-1"),
    "account_id": ("210987654321", "210987654321"),
    "rate": ("2.5", 2.5),
    "burst": ("3", 3),
    "max_identities": ("7", 7),
    "freeze": ("2026-01-31T12:00", "2026-01-31T12:00"),
    "sleep": ("real", "real"),
    "jitter": ("0.5", 0.5),
    "auto_verify": ("true", True),
    "production_access": ("false", False),
    "enforcement_status": ("SHUTDOWN", "SHUTDOWN"),
    "unsupported": ("passthrough", "passthrough"),
    "behavior": ("moto", "moto"),
}


def passes(pytester: pytest.Pytester, source: str, passed: int = 1, ini: str = "") -> None:
    """Runs a file of tests with strict options, and expects all of them to pass."""
    pytester.makepyfile("import pytest\nfrom ses_stub import SESStubError, current_stub\n" + source)
    pytester.makeini(f"[pytest]\n{ini}")
    pytester.runpytest(*STRICT).assert_outcomes(passed=passed)


def test_ses_verify_is_a_fresh_stub(pytester: pytest.Pytester) -> None:
    """The fixture ses_verify is the stub of a scope for the test, a new one for each."""
    passes(
        pytester,
        """
@pytest.mark.parametrize("name", ["a.com", "b.com"])
def test_it(ses_verify, name):
    assert ses_verify is current_stub()
    assert ses_verify.identities == {}
    ses_verify.add_identity(name)

def test_without():
    with pytest.raises(SESStubError):
        current_stub()
""",
        passed=3,
    )


def test_sesv2_client_is_of_the_stubs_region(pytester: pytest.Pytester) -> None:
    """The fixture sesv2_client is a v2 client of the same stub, with the test's retry mode."""
    passes(
        pytester,
        """
@pytest.mark.ses_verify(region="eu-west-1")
def test_it(sesv2_client, ses_client, ses_verify):
    assert sesv2_client.meta.region_name == "eu-west-1"
    sesv2_client.create_email_identity(EmailIdentity="example.com")
    assert ses_client.list_identities()["Identities"] == list(ses_verify.identities) == ["example.com"]

def test_mode(sesv2_client, ses_retry_mode):
    assert sesv2_client.meta.config.retries["mode"] == ses_retry_mode.mode
""",
        passed=7,
    )


def test_ses_client_has_the_region_of_the_stub(pytester: pytest.Pytester) -> None:
    """The fixture ses_client is a boto3 client in the stub's region, and starts the scope."""
    passes(
        pytester,
        """
@pytest.mark.ses_verify(region="eu-west-1", identities=["example.com"])
def test_it(ses_client):
    assert ses_client.meta.region_name == "eu-west-1"
    assert ses_client.list_identities()["Identities"] == ["example.com"]
    assert current_stub().calls[0].region == "eu-west-1"
""",
    )


def test_marker_alone_activates_the_stub(pytester: pytest.Pytester) -> None:
    """The marker alone activates the stub on functions, classes and modules, before other fixtures."""
    passes(
        pytester,
        """
pytestmark = pytest.mark.ses_verify(rate=2)

@pytest.fixture
def added():
    current_stub().add_identity("added.com")

@pytest.mark.ses_verify(identities=["example.com"])
def test_function(added):
    assert list(current_stub().identities) == ["example.com", "added.com"]

@pytest.mark.ses_verify(identities=["class.com"])
class TestClass:
    def test_method(self, added):
        assert list(current_stub().identities) == ["class.com", "added.com"]

def test_module():
    assert current_stub().identities == {}
""",
        passed=3,
    )


def test_nearest_marker_wins_when_markers_merge(pytester: pytest.Pytester) -> None:
    """Markers are merged; if two set the same option, the nearest one counts."""
    passes(
        pytester,
        """
pytestmark = pytest.mark.ses_verify(identities=["module.com"], region="eu-west-1", account_id="111111111111")

@pytest.mark.ses_verify(identities=["class.com"], region="eu-west-2")
class TestIt:
    @pytest.mark.ses_verify(identities=["method.com"])
    def test_it(self, ses_verify):
        assert list(ses_verify.identities) == ["method.com"]
        assert (ses_verify.region, ses_verify.account_id) == ("eu-west-2", "111111111111")
""",
    )


@pytest.mark.parametrize(
    ("marker", "line"),
    [
        pytest.param(
            '{"a.com": "Success"}',
            "*ses_verify takes keyword arguments, such as *, not ({'a.com': 'Success'},)*",
            id="args",
        ),
        pytest.param("rate=0", "*option rate=0: expected*", id="value"),
        pytest.param("identites=[]", "*no option named 'identites' (did you mean 'identities'?)*", id="name"),
    ],
)
def test_wrong_marker_is_an_error_of_its_test(pytester: pytest.Pytester, marker: str, line: str) -> None:
    """A wrong use of the marker is an error of its test that says what is wrong."""
    pytester.makepyfile(f"import pytest\n@pytest.mark.ses_verify({marker})\ndef test_it():\n    pass")
    result = pytester.runpytest(*STRICT)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([line])


def test_marker_works_on_unittest_methods_and_classes(pytester: pytest.Pytester) -> None:
    """The marker works on unittest methods and classes, from setUp on."""
    passes(
        pytester,
        """
import unittest

@pytest.mark.ses_verify(identities=["class.com"])
class Case(unittest.TestCase):
    def setUp(self):
        current_stub().add_identity("setup.com")

    def test_class(self):
        assert list(current_stub().identities) == ["class.com", "setup.com"]

    @pytest.mark.ses_verify(identities=["method.com"])
    def test_method(self):
        assert list(current_stub().identities) == ["method.com", "setup.com"]
""",
        passed=2,
    )


@pytest.mark.parametrize("option", OPTIONS)
def test_ini_option_sets_the_default_in_its_type(pytester: pytest.Pytester, option: str) -> None:
    """An ini option sets the default of the whole suite, with its own type."""
    text, value = OPTIONS[option]
    source = f"""
from ses_stub._api.stub import service_of

def test_it(ses_verify):
    value = service_of(ses_verify).options.{option}
    assert (value, type(value)) == ({value!r}, {type(value).__name__})
"""
    passes(pytester, source, ini=f"ses_verify_{option} = {text}")


def test_ini_option_freeze_takes_true_and_dates(pytester: pytest.Pytester) -> None:
    """The word true freezes each test at the present."""
    source = """
import datetime

def test_it(ses_verify):
    before = datetime.datetime.now()
    ses_verify.clock.advance(days=1)
    assert datetime.datetime.now() == before + datetime.timedelta(days=1)
"""
    passes(pytester, source, ini="ses_verify_freeze = true")


@pytest.mark.parametrize("option", ["rate", "max_identities"])
def test_ini_value_none_turns_a_limit_off(pytester: pytest.Pytester, option: str) -> None:
    """The word none turns off the throttle or the limit."""
    source = f"""
from ses_stub._api.stub import service_of

def test_it(ses_verify):
    assert service_of(ses_verify).options.{option} is None
"""
    passes(pytester, source, ini=f"ses_verify_{option} = None")


@pytest.mark.parametrize("option", OPTIONS)
def test_wrong_ini_value_names_the_option(pytester: pytest.Pytester, option: str) -> None:
    """A wrong value in the ini file is an error that names the option."""
    pytester.makepyfile("def test_it(ses_verify):\n    pass")
    pytester.makeini(f"[pytest]\nses_verify_{option} = ?")
    result = pytester.runpytest(*STRICT)
    assert result.ret != 0
    (result.stdout if result.parseoutcomes() else result.stderr).fnmatch_lines([f"*{option}='[?]'*expected*"])


def test_misspelt_ini_option_fails_under_strict_config(pytester: pytest.Pytester) -> None:
    """A misspelt ini option is an error under --strict-config, like pytest's own."""
    pytester.makepyfile("def test_it(ses_verify):\n    pass")
    pytester.makeini("[pytest]\nses_verify_rates = 1")
    result = pytester.runpytest("--strict-config")
    assert result.ret != 0
    # pytest 7.4 reports it on stdout as an internal error, if warnings are errors.
    assert "ses_verify_rates" in f"{result.stdout}{result.stderr}"


def test_marker_over_ini(pytester: pytest.Pytester) -> None:
    """A marker overrides the ini file, option by option."""
    passes(
        pytester,
        """
@pytest.mark.ses_verify(region="eu-west-2")
def test_it(ses_verify):
    assert (ses_verify.region, ses_verify.account_id) == ("eu-west-2", "210987654321")
""",
        ini="ses_verify_region = eu-west-1\nses_verify_account_id = 210987654321",
    )


def test_pytest_help_shows_marker_fixtures_and_options(pytester: pytest.Pytester) -> None:
    """The help of pytest lists the marker, the fixtures and the ini options."""
    pytester.runpytest("--markers").stdout.fnmatch_lines(["@pytest.mark.ses_verify(**options): *"])
    pytester.runpytest("--fixtures").stdout.fnmatch_lines_random(["ses_verify*", "ses_client*", "sesv2_client*"])
    pytester.runpytest("--help").stdout.fnmatch_lines_random([f"*ses_verify_{option} *" for option in OPTIONS])


def test_disabled_plugin_has_no_fixture_or_marker(pytester: pytest.Pytester) -> None:
    """With -p no:ses_stub there is no fixture, and the marker is unknown."""
    pytester.makepyfile("def test_it(ses_verify):\n    pass")
    off = ("-p", "no:ses_stub", "-p", "no:ses_stub.pytest_plugin")
    result = pytester.runpytest(*off)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*fixture 'ses_verify' not found*"])


def test_xdist_workers_have_their_own_stubs(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """With pytest-xdist each worker has its own stubs."""
    pytest.importorskip("xdist")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile("""
        import pytest

        @pytest.mark.ses_verify(identities=["example.com"])
        @pytest.mark.parametrize("number", range(8))
        def test_it(ses_client, ses_verify, number):
            ses_client.verify_domain_identity(Domain=f"n{number}.com")
            assert len(ses_verify.identities) == 2
    """)
    result = pytester.runpytest_subprocess(*STRICT, *ONLY, "-p", "xdist", "-n2")
    result.assert_outcomes(passed=8)


@pytest.mark.parametrize("seed", ["1", "2"])
def test_random_test_sequence_makes_no_difference(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, seed: str
) -> None:
    """With pytest-randomly the order makes no difference, and every seed gives the same run of the stub."""
    pytest.importorskip("pytest_randomly")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile("""
        import pytest

        TOKENS = set()

        @pytest.mark.parametrize("number", range(5))
        def test_it(ses_client, number):
            TOKENS.add(ses_client.verify_domain_identity(Domain="example.com")["VerificationToken"])
            assert len(TOKENS) == 1
    """)
    result = pytester.runpytest_subprocess(*STRICT, *ONLY, "-p", "randomly", f"--randomly-seed={seed}")
    result.assert_outcomes(passed=5)


def test_start_imports_nothing(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """The plugin imports no heavy package at pytest's start, nor in a suite that does not use it."""
    pytester.makepyfile("""
        import sys

        def test_it(pytestconfig):
            assert "ses_stub.pytest_plugin" in sys.modules
            heavy = {"botocore", "boto3", "responses", "freezegun", "requests", "ses_stub._api.stub"}
            assert heavy & set(sys.modules) == set()
    """)
    # Other plugins that are installed may load them.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.runpytest_subprocess("-W", "error", *ONLY).assert_outcomes(passed=1)


def test_ses_client_works_without_boto3(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without boto3, the fixture ses_client is a botocore client."""
    monkeypatch.setitem(sys.modules, "boto3", None)  # So that importing it fails.
    passes(
        pytester,
        """
@pytest.mark.ses_verify(region="eu-west-1", identities=["example.com"])
def test_it(ses_client):
    assert ses_client.meta.region_name == "eu-west-1"
    assert ses_client.list_identities()["Identities"] == ["example.com"]
""",
    )


def test_suite_behaves_as_moto_but_for_one_test(pytester: pytest.Pytester) -> None:
    """One line of the ini file makes a suite behave as with moto; a marker takes a test out of it."""
    source = """
@pytest.mark.parametrize("number", range(2))
def test_written_for_moto(ses_client, ses_verify, number):
    for name in ("a.com", "b.com"):
        ses_client.verify_domain_identity(Domain=name)
        assert ses_verify.identity(name).status == "Success"
    assert not ses_verify.calls.throttled

@pytest.mark.ses_verify(behavior="aws")
def test_tightened(ses_client, ses_verify):
    ses_client.verify_domain_identity(Domain="a.com")
    assert ses_verify.identity("a.com").status == "Pending"
"""
    passes(pytester, source, passed=3, ini="ses_verify_behavior = moto")
