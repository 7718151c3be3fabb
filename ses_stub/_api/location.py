"""A region and account of a stub. The controls find identities there, and acquire the lock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .._core.errors import IdentityNotFoundError
from .._core.text import pluralize
from .._intercept.activation import active_interceptors
from .._intercept.client_creation import configured_region
from .._model.arguments import account_of, region_of, text_of
from .._model.backend import Backend
from .._model.identity import Identity, canonical
from .._model.place import Place
from .._service.service import Service


class Location:
    """One region and account of a service.

    Args:
        service: the service.
        region: the region; None is the configured one, which is read at the first use.
        account_id: the account.

    """

    def __init__(self, service: Service, region: str | None, account_id: str) -> None:
        self.service = service
        self.account_id = account_id
        self._region = region

    @property
    def region(self) -> str:
        """The region."""
        if self._region is None:
            self._region = configured_region()
        return self._region

    def __str__(self) -> str:
        return f"{self.region} of account {self.account_id}"

    def __repr__(self) -> str:
        # A debugger or a test report may call it at any time, so it takes no lock and changes nothing.
        backend = self.service.state.backends.get((self.account_id, self.region))
        identities = len(backend.identities) if backend is not None else 0
        calls = len(self.service.log.entries)
        return (
            f"<SESStub {self.region} {self.account_id}: {pluralize(identities, 'identity', 'identities')},"
            f" {pluralize(calls, 'call')}>"
        )

    def view(self, region: str | None, account_id: str | None) -> Location:
        """Another region or account of the same service; None keeps this one.

        Raises:
            ValueError: the region or the account is invalid.

        """
        return Location(
            self.service,
            region_of(region) if region is not None else self.region,
            account_of(account_id) if account_id is not None else self.account_id,
        )

    @contextmanager
    def locked(self, check_dns: bool = True) -> Iterator[Place]:
        """Acquires the service's lock, and runs due events.

        Args:
            check_dns: False skips the resolver, as the action checks DNS itself.

        """
        with self.service.locked(check_dns) as now:
            state = self.service.state
            yield Place(state, state.backend(self.account_id, self.region), now)

    def find(self, backend: Backend, name: str) -> Identity:
        """An identity by name. The caller must hold the lock.

        Raises:
            LookupError: it is unknown here. The text says where it exists.

        """
        found = backend.identities.get(canonical(text_of("name", name)))
        if found is None:
            hint = self.hint_other_location(name)
            if not hint and not backend.identities:
                register = "verify_email_identity" if "@" in name else "verify_domain_identity"
                hint = f" Check that the application calls {register} or create_email_identity."
            raise IdentityNotFoundError(name, str(self), backend.identities, hint)
        return found

    def hint_other_location(self, name: str) -> str:
        """A sentence with the places where an identity exists that is unknown here; empty if there are none."""
        others = self.service.state.backends_with(name)
        if not others:
            is_known = any(interceptor.service.state.backends_with(name) for interceptor in active_interceptors())
            return " Another active stub has it: use only one stub in the test." if is_known else ""
        places = " and ".join(map(self._as_text, others))
        options = [self._as_options(backend) for backend in others]
        views = " or ".join(f"view({one})" for one in options)
        return f" It exists in {places}: use {views}, or start the stub with {' or '.join(options)}."

    def _as_text(self, backend: Backend) -> str:
        """A place as text, with the account only if it is another one."""
        account = f" of account {backend.account_id}" if backend.account_id != self.account_id else ""
        return f"{backend.region}{account}"

    def _as_options(self, backend: Backend) -> str:
        """The arguments of `SESStub.view` for a place."""
        region = f"region={backend.region!r}" if backend.region != self.region else ""
        account = f"account_id={backend.account_id!r}" if backend.account_id != self.account_id else ""
        return ", ".join(filter(None, [region, account]))
