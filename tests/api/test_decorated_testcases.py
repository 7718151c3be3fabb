"""The decorator on unittest's TestCase classes, run by unittest itself and by pytest."""

from __future__ import annotations

import unittest
from textwrap import dedent
from types import ModuleType

import freezegun  # noqa: F401  # Here, so that an inner run does not import it for itself.
import pytest
from clients import make_client, names

from ses_stub import SESStubError, current_stub, mock_ses_verify

HEAD = """
import boto3, datetime as dt, unittest
from ses_stub import current_stub, mock_ses_verify

def names():
    "The identities that a boto3 client lists."
    return boto3.client("ses", region_name="us-east-1").list_identities()["Identities"]

def register(name):
    boto3.client("ses", region_name="us-east-1").verify_domain_identity(Domain=name)
"""

SET_UP = """
@mock_ses_verify(identities=["seed.com"])
class Case(unittest.TestCase):
    def setUp(self):
        self.assertEqual(names(), ["seed.com"])
        self.stub = current_stub()
        self.addCleanup(self.check, ["seed.com", "setup.com", "test.com", "teardown.com"])
        register("setup.com")

    def tearDown(self):
        self.check(["seed.com", "setup.com", "test.com"])
        self.stub.add_identity("teardown.com")

    def check(self, expected):
        self.assertIs(current_stub(), self.stub)
        self.assertEqual(list(self.stub.identities), expected)

    def test_one(self):
        self.check(["seed.com", "setup.com"])
        self.stub.add_identity("test.com")

    test_two = test_one
"""

SET_UP_CLASS = """
@mock_ses_verify
class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        register("shared.com")
        cls.addClassCleanup(cls.check)

    @classmethod
    def tearDownClass(cls):
        cls.check()

    @classmethod
    def check(cls):
        assert list(current_stub().identities) == ["shared.com"]

    def test_one(self):
        self.assertEqual(names(), ["shared.com"])
        current_stub().add_identity("test.com")

    test_two = test_one
"""

INHERITED = """
class Base(unittest.TestCase):
    def setUp(self):
        register("base.com")

    def test_base(self):
        self.assertEqual(names(), self.expected)

@mock_ses_verify(identities=["seed.com"])
class Case(Base):
    expected = ["seed.com", "base.com"]

class Child(Case):
    expected = ["seed.com", "base.com", "child.com"]

    def setUp(self):
        super().setUp()
        current_stub().add_identity("child.com")

del Base
"""

SUB_TESTS = """
@mock_ses_verify
class Case(unittest.TestCase):
    def test_one(self):
        for number in range(2):
            with self.subTest(number=number):
                current_stub().add_identity(f"n{number}.com")
                self.assertEqual(len(current_stub().identities), number + 1)

    def test_two(self):
        self.assertEqual(names(), [])
"""

FREEZE = """
@mock_ses_verify(freeze="2026-01-31T12:00:00")
class Case(unittest.TestCase):
    def setUp(self):
        self.assertEqual(dt.datetime.now(), dt.datetime(2026, 1, 31, 12))
        register("example.com")
        current_stub().clock.advance(hours=71)

    def tearDown(self):
        self.assertEqual(dt.datetime.now(), dt.datetime(2026, 2, 3, 12))

    def test_one(self):
        self.assertEqual(dt.datetime.now(), dt.datetime(2026, 2, 3, 11))
        self.assertEqual(current_stub().identity("example.com").status, "Pending")
        current_stub().clock.advance(hours=1)
        self.assertEqual(current_stub().identity("example.com").status, "Failed")

    test_two = test_one
"""

ASYNC = """
@mock_ses_verify(identities=["seed.com"])
class Case(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.assertEqual(names(), ["seed.com"])

    async def asyncSetUp(self):
        current_stub().add_identity("setup.com")
        self.addAsyncCleanup(self.check, ["seed.com", "setup.com", "test.com"])

    async def asyncTearDown(self):
        await self.check(["seed.com", "setup.com", "test.com"])

    async def check(self, expected):
        self.assertEqual(list(current_stub().identities), expected)

    async def test_one(self):
        await self.check(["seed.com", "setup.com"])
        current_stub().add_identity("test.com")

    test_two = test_one
"""

METHOD = """
class Case(unittest.TestCase):
    @mock_ses_verify(identities=["method.com"])
    def test_method(self):
        self.assertEqual(names(), ["method.com"])

class Async(unittest.IsolatedAsyncioTestCase):
    @mock_ses_verify(identities=["method.com"])
    async def test_method(self):
        self.assertEqual(names(), ["method.com"])
"""

# What it is about, the file, and how many tests are in it.
CASES = pytest.mark.parametrize(
    ("source", "tests"),
    [
        pytest.param(SET_UP, 2, id="set-up, tear-down and clean-ups share the test's stub"),
        pytest.param(SET_UP_CLASS, 2, id="class set-up is there in every test"),
        pytest.param(INHERITED, 2, id="inherited tests and subclasses"),
        pytest.param(SUB_TESTS, 2, id="sub-tests share the test's stub"),
        pytest.param(FREEZE, 2, id="time goes on from set-up to tear-down"),
        pytest.param(ASYNC, 2, id="asyncio"),
        pytest.param(METHOD, 2, id="single methods"),
    ],
)


def suite(source: str) -> unittest.TestSuite:
    module = ModuleType("cases")
    exec(compile(HEAD + source, "cases.py", "exec"), vars(module))
    return unittest.defaultTestLoader.loadTestsFromModule(module)


@CASES
def test_decorated_testcases_pass_under_unittest(source: str, tests: int) -> None:
    """Every decorated TestCase passes under unittest itself, and no scope is left active."""
    result = unittest.TestResult()
    suite(source).run(result)
    assert [text for _, text in result.errors + result.failures] == []
    assert result.testsRun == tests
    with pytest.raises(SESStubError):
        current_stub()


@CASES
def test_decorated_testcases_pass_under_pytest(source: str, tests: int, pytester: pytest.Pytester) -> None:
    """Every decorated TestCase passes under pytest too."""
    pytester.makepyfile(HEAD + source)
    # pytest-asyncio, where it is installed, warns at its start.
    result = pytester.runpytest("-W", "error", "-p", "no:asyncio")
    assert result.ret == 0
    assert result.parseoutcomes()["passed"] == tests


def test_testcase_debug_runs_in_the_scope() -> None:
    """TestCase.debug, which does not catch errors, runs in the scope as well."""
    suite(SET_UP).debug()


def test_failed_testcase_is_reported_and_ends_its_scope() -> None:
    """A decorated test that fails is reported as failed, and its scope ends."""
    source = """
    @mock_ses_verify
    class Case(unittest.TestCase):
        def test_it(self):
            self.fail(f"calls: {current_stub().calls}")
    """
    result = unittest.TestResult()
    suite(dedent(source)).run(result)
    ((_, text),) = result.failures
    assert "calls: []" in text
    with pytest.raises(SESStubError):
        current_stub()


def test_skipped_and_expected() -> None:
    """Skipped tests and expected failures stay what they are."""
    source = """
    @mock_ses_verify
    class Case(unittest.TestCase):
        @unittest.skip("not now")
        def test_skipped(self):
            raise AssertionError("must not run")

        @unittest.expectedFailure
        def test_expected(self):
            self.assertEqual(names(), ["x.com"])
    """
    result = unittest.TestResult()
    suite(dedent(source)).run(result)
    assert (len(result.skipped), len(result.expectedFailures), result.wasSuccessful()) == (1, 1, True)


def test_attached_client_is_free_in_the_next_test() -> None:
    """A client that one test attaches its stub to is free again in the next test."""
    client = make_client()

    @mock_ses_verify
    class Case(unittest.TestCase):
        def test_that_attaches_the_client(self) -> None:
            current_stub().attach(client)

        def test_after_the_attaching_one(self) -> None:
            current_stub().add_identity("next.com")
            assert names(client) == ["next.com"]

    for name in ("test_that_attaches_the_client", "test_after_the_attaching_one"):
        result = unittest.TestResult()
        Case(name).run(result)
        assert result.wasSuccessful(), result.failures + result.errors
