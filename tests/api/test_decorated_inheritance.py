"""The decorator on classes with bases, subclasses, inner classes and further decorators."""

from __future__ import annotations

import pytest
from inner_run import passes

from ses_stub import current_stub, mock_ses_verify


def test_inherited_tests_and_fixtures_are_decorated(pytester: pytest.Pytester) -> None:
    """Inherited tests, set-up and fixtures are decorated in the class, and stay undecorated in its base."""
    passes(
        pytester,
        """
        class Base:
            active = False

            def setup_method(self):
                if self.active:
                    register("base.com")

            @pytest.fixture
            def stub(self):
                return current_stub() if self.active else None

            def test_inherited(self, stub):
                if self.active:
                    assert names() == list(stub.identities) == ["base.com"]
                else:
                    with pytest.raises(SESStubError):
                        current_stub()

        @mock_ses_verify
        class TestDecorated(Base):
            active = True

        class TestPlain(Base):
            pass
        """,
        passed=2,
    )


def test_subclass_of_a_decorated_class_is_decorated(pytester: pytest.Pytester) -> None:
    """A subclass of a decorated class is decorated too, its new tests and overridden set-up included."""
    passes(
        pytester,
        """
        @mock_ses_verify(identities=["seed.com"])
        class Base:
            def setup_method(self):
                register("base.com")

        class TestChild(Base):
            def setup_method(self):
                super().setup_method()
                current_stub().add_identity("child.com")

            def test_new(self):
                assert names() == ["seed.com", "base.com", "child.com"]

        class TestGrandchild(TestChild):
            def test_newer(self):
                assert names() == ["seed.com", "base.com", "child.com"]
        """,
        passed=3,
    )


def test_setup_class_of_a_base(pytester: pytest.Pytester) -> None:
    """An inherited setup_class runs for each class by itself."""
    passes(
        pytester,
        """
        @mock_ses_verify
        class TestBase:
            @classmethod
            def setup_class(cls):
                register(f"{cls.__name__.lower()}.com")

            def test_it(self):
                assert names() == [f"{type(self).__name__.lower()}.com"]

        class TestChild(TestBase):
            pass
        """,
        passed=2,
    )


def test_nested_test_classes_are_decorated(pytester: pytest.Pytester) -> None:
    """Nested classes of tests are decorated with the outer one."""
    passes(
        pytester,
        """
        @mock_ses_verify(identities=["seed.com"])
        class TestOuter:
            class TestInner:
                def setup_method(self):
                    register("inner.com")

                def test_it(self):
                    assert names() == ["seed.com", "inner.com"]
        """,
        passed=1,
    )


def test_last_class_decorator_sets_the_options(pytester: pytest.Pytester) -> None:
    """A subclass with its own decorator uses that decorator's options; so does a class that is decorated twice."""
    passes(
        pytester,
        """
        @mock_ses_verify(identities=["base.com"])
        class TestBase:
            def setup_method(self):
                current_stub().add_identity("set.up.com")

            def test_it(self):
                assert names() == ["base.com", "set.up.com"]

        @mock_ses_verify(identities=["child.com"])
        class TestChild(TestBase):
            def test_it(self):
                assert names() == ["child.com", "set.up.com"]

        @mock_ses_verify(identities=["upper.com"])
        @mock_ses_verify(identities=["lower.com"])
        class TestTwice:
            def test_it(self):
                assert names() == ["upper.com"]
        """,
        passed=3,
    )


def test_method_decorator_wins_over_its_class(pytester: pytest.Pytester) -> None:
    """The options of a decorator on a test override those on its class."""
    passes(
        pytester,
        """
        @mock_ses_verify(identities=["class.com"])
        class TestIt:
            @mock_ses_verify(identities=["method.com"])
            def test_own(self):
                assert names() == ["method.com"]

            def test_class(self):
                assert names() == ["class.com"]
        """,
        passed=2,
    )


def test_own_init_subclass() -> None:
    """A class's own __init_subclass__ still runs, with its keywords, and subclasses are decorated as well."""
    seen = []

    @mock_ses_verify(identities=["example.com"])
    class Base:
        def __init_subclass__(cls, label: str, **kwargs: object) -> None:
            super().__init_subclass__(**kwargs)
            seen.append((cls.__name__, label))

    class Child(Base, label="child"):
        def test_names_of_the_child(self) -> list[str]:
            return list(current_stub().identities)

    assert seen == [("Child", "child")]
    assert Child().test_names_of_the_child() == ["example.com"]
