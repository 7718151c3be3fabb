"""One client or session that a stub answers without a scope.

Here the stub's parts stand on the instances themselves. In all, the originals are those of the class and not of the
instance: a scope that is active in between must not be asked.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from botocore.endpoint import Endpoint
from botocore.session import Session
from botocore.waiter import Waiter

from .._core.errors import ArgumentTypeError
from .._service.apis import APIS
from .interceptor import Interceptor, is_awaited, make_client, patched_credentials, unpatched

_NOTHING = object()


def attach(target: Any, interceptor: Interceptor) -> Callable[[], None]:
    """Lets a stub answer one client, or the SES clients that one session makes. Returns what undoes it.

    Raises:
        TypeError: it is neither an SES client nor a session.

    """
    session = getattr(target, "_session", target)
    if isinstance(session, Session):
        return _attach_session(session, interceptor)
    meta = getattr(target, "meta", None)
    if getattr(getattr(meta, "service_model", None), "service_name", None) in APIS:
        return attach_client(target, interceptor)
    raise ArgumentTypeError(f"attach() takes an SES client or a session, of boto3 or botocore; not {target!r}")


class Attachment:
    """The stubs on one client or session, the latest last; what stood on the instances before comes back after them."""

    def __init__(self) -> None:
        self.interceptors: list[Interceptor] = []
        #: The clients that an attached session has made for a stub: what undoes each.
        self.made: list[tuple[Interceptor, Callable[[], None]]] = []
        self._before: list[tuple[dict[str, Any], str, Any]] = []

    def replace(self, owner: Any, name: str, replacement: Any) -> None:
        """Puts something on an instance, for as long as a stub is attached."""
        self._before.append((vars(owner), name, vars(owner).get(name, _NOTHING)))
        replacement.attachment = self
        setattr(owner, name, replacement)

    def add(self, interceptor: Interceptor) -> Callable[[], None]:
        """Lets one more stub answer; returns what undoes it."""
        self.interceptors.append(interceptor)
        return functools.partial(self._remove, interceptor)

    def _remove(self, interceptor: Interceptor) -> None:
        self.interceptors.remove(interceptor)
        if not self.interceptors:
            for members, name, before in self._before:
                members.pop(name, None)
                if before is not _NOTHING:
                    members[name] = before
        made, self.made = self.made, [one for one in self.made if one[0] is not interceptor]
        for its_door, undo in made:
            if its_door is interceptor:
                undo()


def _attached_to(owner: Any, name: str) -> Attachment | None:
    attachment: Attachment | None = getattr(vars(owner).get(name), "attachment", None)
    return attachment


def attach_client(client: Any, interceptor: Interceptor) -> Callable[[], None]:
    """The same for a client."""
    attachment = _attached_to(client, "get_waiter") or _on_client(client)
    return attachment.add(interceptor)


def _on_client(client: Any) -> Attachment:
    attachment, endpoint, get_waiter = Attachment(), client._endpoint, type(client).get_waiter
    make_request, wait = unpatched(Endpoint, "make_request"), unpatched(_waiter(type(endpoint)), "wait")

    def attached_request(*args: Any) -> Any:
        return attachment.interceptors[-1].call(make_request, endpoint, *args)

    def attached_waiter(waiter_name: str) -> Any:
        waiter, interceptor = get_waiter(client, waiter_name), attachment.interceptors[-1]
        waiter.wait = lambda **kwargs: interceptor.wait(wait, waiter, kwargs)
        return waiter

    attachment.replace(endpoint, "make_request", attached_request)
    attachment.replace(client, "get_waiter", attached_waiter)
    return attachment


def _waiter(endpoint: type) -> type:
    """The class whose ``wait`` the waiters of a client call."""
    if not is_awaited(endpoint):
        return Waiter  # type: ignore[no-any-return]  # botocore is untyped
    from .aiobotocore import AIOWaiter

    return AIOWaiter  # type: ignore[no-any-return]  # aiobotocore too


def _attach_session(session: Session, interceptor: Interceptor) -> Callable[[], None]:
    attachment = _attached_to(session, "get_credentials")
    if attachment is None:
        attachment = Attachment()
        if inspect.iscoroutinefunction(type(session).get_credentials):
            from .aiobotocore import on_session

            on_session(session, attachment)
        else:
            _on_session(session, attachment)
    return attachment.add(interceptor)


def _on_session(session: Session, attachment: Attachment) -> None:
    create = unpatched(Session, "create_client")

    def create_client(service_name: str, region_name: str | None = None, *args: Any, **kwargs: Any) -> Any:
        make = functools.partial(create, session, service_name)
        if service_name not in APIS:
            return make(region_name, *args, **kwargs)
        interceptor = attachment.interceptors[-1]
        client = make_client(make, session, interceptor, region_name, *args, **kwargs)
        attachment.made.append((interceptor, attach_client(client, interceptor)))
        return client

    get_credentials = functools.partial(patched_credentials(unpatched(Session, "get_credentials")), session)
    attachment.replace(session, "create_client", create_client)
    attachment.replace(session, "get_credentials", get_credentials)
