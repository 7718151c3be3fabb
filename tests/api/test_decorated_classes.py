"""The decorator on plain classes of tests, as pytest runs them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from inner_run import passes

from ses_stub import SESStubError, VirtualClock, current_stub, mock_ses_verify


def test_each_test_has_its_own(pytester: pytest.Pytester) -> None:
    """Each test of the class starts from the options, and sees nothing from other tests."""
    passes(
        pytester,
        """
        @mock_ses_verify(identities=["example.com"])
        class TestIt:
            def test_one(self):
                register("one.com")
                assert names() == ["example.com", "one.com"]

            def test_two(self):
                register("two.com")
                assert names() == ["example.com", "two.com"]

        def test_after():
            with pytest.raises(SESStubError):
                current_stub()
        """,
        passed=3,
    )


def test_setup_method_shares_the_stub_of_its_test(pytester: pytest.Pytester) -> None:
    """What setup_method registers exists in its test and in teardown_method, and in no other test."""
    passes(
        pytester,
        """
        @mock_ses_verify
        class TestIt:
            def setup_method(self, method):
                assert names() == []
                register(f"{method.__name__.replace('_', '-')}.com")
                self.stub = current_stub()

            def teardown_method(self, method):
                assert current_stub() is self.stub
                assert len(self.stub.identities) == 2

            def test_one(self):
                assert list(self.stub.identities) == ["test-one.com"]
                self.stub.add_identity("added.com")

            def test_two(self):
                assert list(self.stub.identities) == ["test-two.com"]
                self.stub.add_identity("added.com")
        """,
        passed=2,
    )


def test_setup_class_seeds_every_test_of_the_class(pytester: pytest.Pytester) -> None:
    """What setup_class registers exists at the start of every test. No test can change it for another."""
    passes(
        pytester,
        """
        @mock_ses_verify
        class TestIt:
            @classmethod
            def setup_class(cls):
                register("shared.com")

            @classmethod
            def teardown_class(cls):
                assert list(current_stub().identities) == ["shared.com"]

            def test_one(self):
                assert names() == ["shared.com"]
                current_stub().add_identity("one.com")
                current_stub().remove_txt("shared.com")

            def test_two(self):
                assert names() == ["shared.com"]
                current_stub().publish_txt("shared.com")
                assert current_stub().identity("shared.com").status == "Success"
        """,
        passed=2,
    )


def test_setup_class_without_classmethod(pytester: pytest.Pytester) -> None:
    """A setup_class that is no classmethod, which pytest also accepts, works the same."""
    passes(
        pytester,
        """
        @mock_ses_verify
        class TestIt:
            def setup_class(cls):
                register("shared.com")

            def test_it(self):
                assert names() == ["shared.com"]
        """,
        passed=1,
    )


def test_function_fixtures_share_the_stub_of_their_test(pytester: pytest.Pytester) -> None:
    """Fixtures of the class, yielding, returning and private autouse ones, share their test's stub."""
    passes(
        pytester,
        """
        @mock_ses_verify
        class TestIt:
            @pytest.fixture(autouse=True)
            def _always(self):
                register("always.com")
                yield
                assert "test.com" in current_stub().identities

            @pytest.fixture
            def stub(self, _always):
                current_stub().add_identity("asked.com")
                return current_stub()

            def test_one(self, stub):
                assert stub is current_stub()
                assert names() == ["always.com", "asked.com"]
                stub.add_identity("test.com")

            def test_two(self):
                assert names() == ["always.com"]
                current_stub().add_identity("test.com")
        """,
        passed=2,
    )


@pytest.mark.parametrize("head", ["def shared(self):", "@classmethod\n    def shared(cls):"], ids=["self", "cls"])
def test_class_fixtures_seed_every_test_of_the_class(pytester: pytest.Pytester, head: str) -> None:
    """What a class-scoped fixture registers exists at the start of every test, as with setup_class."""
    passes(
        pytester,
        """
        @mock_ses_verify
        class TestIt:
            @pytest.fixture(scope="class", autouse=True)
            HEAD
                register("shared.com")
                yield "value"
                assert list(current_stub().identities) == ["shared.com"]

            @pytest.mark.parametrize("number", [1, 2])
            def test_it(self, shared, number):
                assert shared == "value"
                assert names() == ["shared.com"]
                register(f"n{number}.com")
        """.replace("HEAD", head.replace("    ", " " * 12)),
        passed=2,
    )


def test_static_and_class_methods(pytester: pytest.Pytester) -> None:
    """Static and class methods that are tests run in a scope; class methods see what setup_class registered."""
    passes(
        pytester,
        """
        @mock_ses_verify(identities=["seed.com"])
        class TestIt:
            @classmethod
            def setup_class(cls):
                register("shared.com")

            @staticmethod
            def test_static():
                assert names() == ["seed.com"]
                register("static.com")

            @classmethod
            def test_class(cls):
                assert names() == ["seed.com", "shared.com"]
                current_stub().add_identity("class.com")

            @classmethod
            def test_class_again(cls):
                assert names() == ["seed.com", "shared.com"]
                current_stub().add_identity("class.com")
        """,
        passed=3,
    )


def test_helper_methods_use_the_stub_of_the_test(pytester: pytest.Pytester) -> None:
    """Methods that a test calls work on the test's stub, private ones and properties too."""
    passes(
        pytester,
        """
        @mock_ses_verify
        class TestIt:
            def add(self, name):
                current_stub().add_identity(name)
                self._add_more(name)

            def _add_more(self, name):
                current_stub().add_identity("more." + name)

            @property
            def names(self):
                return list(current_stub().identities)

            def test_it(self):
                self.add("a.com")
                assert self.names == names() == ["a.com", "more.a.com"]
        """,
        passed=1,
    )


def test_helper_like_a_set_up() -> None:
    """A helper whose name begins like one of pytest's set-up methods keeps its own arguments."""

    @mock_ses_verify
    class Helpers:
        def setup_domain(self, name: str, status: str, *, token: str = "T") -> None:
            current_stub().add_identity(name, status, token=token)

        def test_with_domain_helper(self) -> list[str]:
            self.setup_domain("a.com", "Pending")
            self.setup_domain("b.com", "Pending", token="U")
            return list(current_stub().identities)

    assert Helpers().test_with_domain_helper() == ["a.com", "b.com"]


def test_freeze_restarts_for_every_test_of_a_class(pytester: pytest.Pytester) -> None:
    """With freeze, time runs on from set-up to test to teardown, and every test begins at the frozen time."""
    passes(
        pytester,
        """
        from datetime import datetime

        @mock_ses_verify(freeze="2026-01-31T12:00:00")
        class TestIt:
            def setup_method(self):
                assert datetime.now() == datetime(2026, 1, 31, 12)
                register("example.com")
                current_stub().clock.advance(hours=71)

            def teardown_method(self):
                assert datetime.now() == datetime(2026, 2, 3, 12)

            def test_one(self):
                assert datetime.now() == datetime(2026, 2, 3, 11)
                assert current_stub().identity("example.com").status == "Pending"
                current_stub().clock.advance(hours=1)
                assert current_stub().identity("example.com").status == "Failed"

            test_two = test_one

        def test_outside():
            assert type(datetime.now()) is datetime
        """,
        passed=3,
    )


def test_users_clock_is_shared_by_class_and_tests() -> None:
    """A clock that the user passes is shared by the class and all its tests."""
    clock = VirtualClock()

    @mock_ses_verify(clock=clock, identities={"example.com": "Pending"})
    class TestIt:
        @classmethod
        def setup_class(cls) -> None:
            clock.advance(hours=71)

        def test_clock_and_status(self) -> tuple[bool, str]:
            stub = current_stub()
            return stub.clock is clock, stub.identity("example.com").status.value

    before = clock.now()
    TestIt.setup_class()
    assert TestIt().test_clock_and_status() == (True, "Pending")
    clock.advance(hours=1)
    assert TestIt().test_clock_and_status() == (True, "Failed")
    assert clock.now() - before == timedelta(hours=72)


def test_decorated_class_stays_the_same_object() -> None:
    """The class stays the same object, and attributes that are not methods stay unchanged."""

    class Plain:
        constant = ["x"]  # noqa: RUF012
        Helper = dict

        def test_with_a_docstring(self) -> None:
            """Its text."""

        def _private(self) -> None: ...

    private = Plain._private
    assert mock_ses_verify(rate=None)(Plain) is Plain
    assert (Plain.constant, Plain.Helper, Plain._private) == (["x"], dict, private)
    assert Plain.test_with_a_docstring.__doc__ == "Its text."


def test_class_with_slots_and_no_dict_is_refused() -> None:
    """A class whose instances cannot hold their stub is refused when it is decorated."""

    class Slotted:
        __slots__ = ()

        def test_that_must_not_run(self) -> None:
            """Must not run."""

    with pytest.raises(TypeError, match="__slots__"):
        mock_ses_verify(rate=None)(Slotted)


@pytest.mark.parametrize("order", [1, -1], ids=["above", "below"])
def test_dataclass_with_slots_is_refused(order: int) -> None:
    """So is a dataclass with slots: below `@dataclass`, which makes the class anew, as soon as a method is called."""

    class Slotted:
        number: int = 0

        def test_that_must_not_run(self) -> None:
            """Must not run."""

    first, second = [dataclass(slots=True), mock_ses_verify(rate=None)][::order]
    with pytest.raises(TypeError, match=r"each instance of .*Slotted, whose __slots__ leave no room"):
        second(first(Slotted))(1).test_that_must_not_run()


def test_dataclass_has_a_stub_for_each_instance() -> None:
    """Another dataclass works in either order."""

    @dataclass
    @mock_ses_verify(identities=["example.com"])
    @dataclass(frozen=True)
    class Plain:
        def names(self) -> list[str]:
            return list(current_stub().identities)

    assert Plain().names() == ["example.com"]


def test_unhashable_instances_have_their_stub_too() -> None:
    """Instances without a hash have their stub too."""

    @mock_ses_verify(identities=["example.com"])
    class Unhashable:
        __hash__ = None  # type: ignore[assignment]

        def names(self) -> list[str]:
            current_stub().add_identity("ann@example.com")
            return list(current_stub().identities)

    first, second = Unhashable(), Unhashable()
    assert first.names() == second.names() == ["example.com", "ann@example.com"]
    with pytest.raises(SESStubError):
        current_stub()
