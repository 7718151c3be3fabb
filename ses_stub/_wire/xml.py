"""The XML of SES v1: its namespace, and escaped text."""

from __future__ import annotations

import re

NAMESPACE = "http://ses.amazonaws.com/doc/2010-12-01/"

# Characters that XML 1.0 cannot hold even escaped.
_IMPOSSIBLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PLAIN = re.compile("[ !\"#-%'-;=?-~]*")
_SPECIAL = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})


def escape(text: str) -> str:
    """Escapes text for XML. Characters that XML cannot hold become U+FFFD."""
    if _PLAIN.fullmatch(text):
        return text
    return _IMPOSSIBLE.sub("\ufffd", text).translate(_SPECIAL)
