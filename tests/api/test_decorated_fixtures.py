"""The decorator beside pytest: fixtures below and above it, arguments and parameters kept."""

from __future__ import annotations

from typing import Any

import pytest

from ses_stub import mock_ses_verify

# pytest-asyncio, where it is installed, warns at its start.
STRICT = ("-W", "error", "-p", "no:asyncio")


def test_decorator_below_fixture_scopes_the_fixture(pytester: pytest.Pytester) -> None:
    """Below @pytest.fixture, the decorator gives the fixture a scope: until it returns, or until its teardown."""
    pytester.makepyfile("""
        import boto3, pytest
        from ses_stub import SESStubError, current_stub, mock_ses_verify

        @pytest.fixture
        @mock_ses_verify(identities=["example.com"])
        def returned():
            return list(current_stub().identities)

        @pytest.fixture
        @mock_ses_verify(identities=["example.com"])
        def yielded():
            yield current_stub()
            assert list(current_stub().identities) == ["example.com", "ann@example.com"]

        def test_returned(returned):
            assert returned == ["example.com"]
            with pytest.raises(SESStubError):
                current_stub()

        def test_yielded(yielded):
            client = boto3.client("ses", region_name=yielded.region)
            client.verify_email_identity(EmailAddress="ann@example.com")
            assert yielded.calls[0].operation == "VerifyEmailIdentity"
    """)
    pytester.runpytest(*STRICT).assert_outcomes(passed=2)


def test_decorator_above_fixture_is_refused() -> None:
    """Above @pytest.fixture, the decorator is refused, and the error shows the right order."""

    @pytest.fixture
    def fixture() -> None:
        """Must not run."""

    with pytest.raises(TypeError, match=r"(?s)put it below.*@pytest.fixture\n +@mock_ses_verify\n +def"):
        mock_ses_verify(fixture)
    with pytest.raises(TypeError, match="put it below"):
        mock_ses_verify(rate=None)(fixture)


def test_above_a_fixture_stops_the_run(pytester: pytest.Pytester) -> None:
    """A decorator above a fixture is a collection error, so its file cannot pass."""
    pytester.makepyfile("""
        import pytest
        from ses_stub import mock_ses_verify

        @mock_ses_verify
        @pytest.fixture
        def fixture():
            yield

        def test_it(fixture):
            pass
    """)
    result = pytester.runpytest()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*ArgumentTypeError: @mock_ses_verify is above @pytest.fixture; put it below*"])


def test_decorated_test_keeps_fixtures_and_parameters(pytester: pytest.Pytester) -> None:
    """A decorated test still gets its fixtures and parameters, wherever the marks are."""
    pytester.makepyfile("""
        import pytest
        from ses_stub import current_stub, mock_ses_verify

        @pytest.mark.parametrize("status", ["Pending", "Failed"])
        @mock_ses_verify
        def test_above(tmp_path, status):
            assert tmp_path.exists()
            current_stub().add_identity("example.com", status)

        @mock_ses_verify
        @pytest.mark.parametrize("status", ["Pending", "Failed"])
        def test_below(status, tmp_path):
            assert tmp_path.exists()
            current_stub().add_identity("example.com", status)
    """)
    pytester.runpytest(*STRICT).assert_outcomes(passed=4)


def test_decorator_scope_is_inside_that_of_ses_verify(pytester: pytest.Pytester) -> None:
    """With the fixture ses_verify, the decorator's scope is the inner one during the test."""
    pytester.makepyfile("""
        from ses_stub import current_stub, mock_ses_verify

        @mock_ses_verify(identities=["example.com"])
        def test_it(ses_verify):
            assert list(current_stub().identities) == ["example.com"]
            assert list(ses_verify.identities) == []
    """)
    pytester.runpytest(*STRICT).assert_outcomes(passed=1)


def test_failure_is_seen(pytester: pytest.Pytester) -> None:
    """A failure in a decorated test is reported without the decorator's own lines in the traceback."""
    pytester.makepyfile("""
        from ses_stub import mock_ses_verify

        @mock_ses_verify
        def test_it():
            assert "pending" == "success"
    """)
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.no_fnmatch_line("*_decorate.py*")


@pytest.mark.parametrize("above", [pytest.fixture, pytest.fixture(scope="class")], ids=["function", "class"])
def test_static_fixture_of_a_decorated_class_is_refused(above: Any) -> None:
    """A static fixture of a decorated class is refused, and the error says what to do: it knows no test or class."""

    class TestIt:
        @above
        @staticmethod
        def made(tmp_path: object) -> None:
            """Must not run."""

    with pytest.raises(TypeError, match=r"TestIt\.made is static.*@classmethod"):
        mock_ses_verify(TestIt)


def test_static_above_fixture() -> None:
    """The reverse order of the decorators, which only some pytest versions collect, is refused too."""

    class TestIt:
        @staticmethod
        @pytest.fixture
        def made() -> None:
            """Must not run."""

    with pytest.raises(TypeError, match=r"made is static.*@classmethod"):
        mock_ses_verify(TestIt)
