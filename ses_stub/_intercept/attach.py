"""Attaches a stub to one client or session, without a scope.

It replaces attributes of the instance. The replacements call the class's methods below our patches (see
`patching.unpatched`), so that a scope does not intercept the calls of an attached client.

Relies on a client calling ``self._endpoint.make_request``, which calls ``self._send_request``; on a client making its
waiters by ``get_waiter``, and having its resolver of endpoints in ``_ruleset_resolver``; and on a session of boto3
keeping botocore's in ``_session``.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from botocore.regions import EndpointRulesetResolver
from botocore.session import Session
from botocore.waiter import Waiter

from .._core.errors import ArgumentTypeError
from .._service.apis import APIS
from .client_creation import make_client, patched_get_credentials, requested_service
from .interceptor import Interceptor
from .libraries import integration_of_async_clients, is_async_endpoint
from .patching import unpatched
from .unsigned_endpoints import patched_signing_context

_MISSING = object()


def attach(target: Any, interceptor: Interceptor) -> Callable[[], None]:
    """Makes an interceptor answer one client, or the SES clients that one session makes; returns what detaches it.

    Args:
        target: a client of ``ses`` or ``sesv2``, or a session.
        interceptor: answers its calls.

    Raises:
        TypeError: it is neither an SES client nor a session.

    """
    session = getattr(target, "_session", target)
    if isinstance(session, Session):
        return _attach_to_session(session, interceptor)
    meta = getattr(target, "meta", None)
    if getattr(getattr(meta, "service_model", None), "service_name", None) in APIS:
        return attach_to_client(target, interceptor)
    raise ArgumentTypeError(f"attach() takes an SES client or a session, of boto3 or botocore; not {target!r}")


class Attachment:
    """The interceptors that are attached to one client or session. The latest answers.

    When the last is detached, the attributes of the instance are restored.
    """

    def __init__(self) -> None:
        self.interceptors: list[Interceptor] = []
        #: For each client that an attached session made: its interceptor, and what detaches it.
        self.clients: list[tuple[Interceptor, Callable[[], None]]] = []
        self._saved: list[tuple[dict[str, Any], str, Any]] = []

    def replace(self, owner: Any, name: str, replacement: Any) -> None:
        """Sets an attribute of the instance, until nothing is attached."""
        self._saved.append((vars(owner), name, vars(owner).get(name, _MISSING)))
        replacement.attachment = self
        setattr(owner, name, replacement)

    def add(self, interceptor: Interceptor) -> Callable[[], None]:
        """Attaches another interceptor; returns what detaches it."""
        self.interceptors.append(interceptor)
        return functools.partial(self._remove, interceptor)

    def _remove(self, interceptor: Interceptor) -> None:
        if interceptor in self.interceptors:
            self.interceptors.remove(interceptor)
        if not self.interceptors:
            for members, name, saved in self._saved:
                members.pop(name, None)
                if saved is not _MISSING:
                    members[name] = saved
        for its_interceptor, detach in self.clients:
            if its_interceptor is interceptor:
                detach()
        self.clients = [one for one in self.clients if one[0] is not interceptor]


def _attachment_of(owner: Any, name: str) -> Attachment | None:
    attachment: Attachment | None = getattr(vars(owner).get(name), "attachment", None)
    return attachment


def attach_to_client(client: Any, interceptor: Interceptor) -> Callable[[], None]:
    """Makes an interceptor answer one SES client; returns what detaches it."""
    attachment = _attachment_of(client, "get_waiter") or _new_attachment_of_client(client)
    return attachment.add(interceptor)


def _new_attachment_of_client(client: Any) -> Attachment:
    attachment, endpoint, get_waiter = Attachment(), client._endpoint, type(client).get_waiter
    send, wait = unpatched(type(endpoint), "_send_request"), unpatched(_waiter_class(type(endpoint)), "wait")

    def attached_request(*args: Any) -> Any:
        return attachment.interceptors[-1].call(send, endpoint, *args)

    def attached_waiter(waiter_name: str) -> Any:
        waiter, interceptor = get_waiter(client, waiter_name), attachment.interceptors[-1]
        waiter.wait = lambda **kwargs: interceptor.wait(wait, waiter, kwargs)
        return waiter

    resolver, name = client._ruleset_resolver, "auth_schemes_to_signing_ctx"
    signing_context = patched_signing_context(unpatched(EndpointRulesetResolver, name), lambda _: True)
    attachment.replace(resolver, name, functools.partial(signing_context, resolver))
    attachment.replace(endpoint, "_send_request", attached_request)
    attachment.replace(client, "get_waiter", attached_waiter)
    return attachment


def _waiter_class(endpoint: type) -> type:
    """The class whose ``wait`` the waiters of a client call, given the class of the client's endpoint."""
    return integration_of_async_clients().waiter if is_async_endpoint(endpoint) else Waiter


def _attach_to_session(session: Session, interceptor: Interceptor) -> Callable[[], None]:
    attachment = _attachment_of(session, "get_credentials")
    if attachment is None:
        attachment = Attachment()
        if inspect.iscoroutinefunction(type(session).get_credentials):
            integration_of_async_clients().attach_to_session(session, attachment)
        else:
            _replace_methods_of_session(session, attachment)
    return attachment.add(interceptor)


def _replace_methods_of_session(session: Session, attachment: Attachment) -> None:
    create = unpatched(Session, "create_client")

    def create_client(*args: Any, **kwargs: Any) -> Any:
        if requested_service(args, kwargs) not in APIS:
            return create(session, *args, **kwargs)
        interceptor = attachment.interceptors[-1]
        client = make_client(functools.partial(create, session), session, interceptor.options, args, kwargs)
        attachment.clients.append((interceptor, attach_to_client(client, interceptor)))
        return client

    get_credentials = functools.partial(patched_get_credentials(unpatched(Session, "get_credentials")), session)
    attachment.replace(session, "create_client", create_client)
    attachment.replace(session, "get_credentials", get_credentials)
