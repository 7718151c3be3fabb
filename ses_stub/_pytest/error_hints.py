"""What to do about a test's error that does not say it: a call that no stub answered, a misspelt member, two stubs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from .._api.scope import Scope
from .._api.stub import service_of
from .._core.errors import IdentityNotFoundError, suggest
from .._intercept.unanswered_calls import unanswered_call

if TYPE_CHECKING:
    from .._api.stub import SESStub
    from .._service.service import Service

#: The parameters that name identities.
_NAMES = ("Identity", "Identities", "EmailIdentity", "EmailAddress", "Domain")


def error_hints(error: BaseException, stubs: Mapping[int, SESStub], active: Sequence[SESStub]) -> Iterator[str]:
    """A few sentences for each.

    Args:
        error: what failed the test.
        stubs: the stubs of the test, by their number in its report.
        active: those that are active.

    """
    for one in _chain(error):
        yield from _unanswered_calls(one)
        yield from _misspelt_members(one)
    yield from _identities_of_other_stubs(error, stubs, active)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _unanswered_calls(error: BaseException) -> Iterator[str]:
    """An SES call that left for AWS, as from a test without the fixture."""
    what = unanswered_call(error)
    if what is None:
        return
    yield (
        f"{what} while no stub was active: request the fixture ses_verify in the test, or make the call inside `with"
        " mock_ses_verify()`. An SESStub(…) answers only the clients that you attach to it."
    )


def _misspelt_members(error: BaseException) -> Iterator[str]:
    """An attribute that an object of ours does not have."""
    if not isinstance(error, AttributeError) or error.name is None:
        return
    if isinstance(error.obj, Scope):
        yield (
            f"a scope has no member {error.name!r}: use the stub that the scope gives, as in `with mock_ses_verify() as"
            " ses`, or `ses = scope.start()`."
        )
        return
    kind = type(error.obj)
    nearest = suggest(error.name, (name for name in dir(error.obj) if not name.startswith("_")))
    if kind.__module__.partition(".")[0] == "ses_stub" and nearest:
        yield f"{kind.__name__} has no member {error.name!r}{nearest}; docs/reference.md lists all of them."


def _identities_of_other_stubs(
    error: BaseException, stubs: Mapping[int, SESStub], active: Sequence[SESStub]
) -> Iterator[str]:
    """Identities that one stub of the test was asked for, and only another one has."""
    if len(stubs) < 2:
        return
    missed = {one.name for one in _chain(error) if isinstance(one, IdentityNotFoundError)}
    for stub in stubs.values():
        service = service_of(stub)
        missed |= {name for name in _asked(service) if not service.state.backends_with(name)}
    for number, stub in stubs.items():
        known = sorted(name for name in missed if service_of(stub).state.backends_with(name))
        if known:
            end = "" if stub in active else ", whose scope has ended"
            yield (
                f"{', '.join(map(repr, known))} is unknown to the stub that was asked, but stub {number} of the test"
                f" has it{end}: use one stub for both."
            )


def _asked(service: Service) -> set[str]:
    found: set[str] = set()
    for call in list(service.calls):
        for parameter in _NAMES:
            value = call.params.get(parameter)
            found.update([value] if isinstance(value, str) else value or ())
    return found
