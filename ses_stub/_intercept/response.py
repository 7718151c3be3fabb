"""The stub's response, as botocore's endpoint reads one.

Relies on `AWSResponse` keeping its body in ``_content``, and on `HeadersDict` keeping its headers in ``_dict`` by keys
of the class ``_HeaderKey``.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from io import BytesIO

from botocore.awsrequest import AWSResponse, HeadersDict, _HeaderKey

from .._wire.messages import HTTPResponse

_header_key = functools.lru_cache(maxsize=64)(_HeaderKey)


class Response(AWSResponse):  # type: ignore[misc]  # botocore is untyped
    """A response whose body is already read. It can be read as a stream too.

    Args:
        url: the URL of the request.
        response: the service's response.

    """

    def __init__(self, url: str, response: HTTPResponse) -> None:
        # The base class's __init__ requires a stream, which few callers read.
        self.url = url
        self.status_code = response.status
        # HeadersDict makes each key in Python code, and all responses have the same few names.
        self.headers = HeadersDict()
        self.headers._dict = {_header_key(name): value for name, value in response.headers.items()}
        self._content = response.body

    @property
    def raw(self) -> RawStream:
        """The body as a stream."""
        return RawStream(self._content)


class RawStream(BytesIO):
    """A body with the methods of urllib3's responses."""

    def stream(self, amt: int = 1024, decode_content: bool | None = None) -> Iterator[bytes]:
        """Yields the body in pieces of at most ``amt`` bytes."""
        while chunk := self.read(amt):
            yield chunk
