"""Parses addresses of messages as SES does: strictly by RFC 5322, with JavaMail's errors.

`parse` reads the one address of a parameter, `split` the addresses of a header. Python's parser
(``email.headerregistry``) repairs what SES rejects, without an error. For valid addresses a test compares the two.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from .._core import sending_errors
from .._core.aws_errors import AWSError

_QUOTED = r'"(?:\\[\s\S]|[^"\\])*"'
# The last alternative takes the rest: unclosed quotes or angle brackets are ordinary text.
_TOKEN = re.compile(
    rf'(?P<quoted>{_QUOTED})|(?P<angles><(?:{_QUOTED}|[^">])*>)|(?P<comma>,)|(?P<colon>:)|(?P<semicolon>;)|(?P<stray>[>)])'
    r'|(?P<text>[^"(<,:;>)\\]+|\\[\s\S])|(?P<rest>[\s\S]+)'
)
_PARENTHESIS = re.compile(r"\\[\s\S]|[()]")
_ESCAPED = re.compile(r"\\([\s\S])")

_LOCAL = re.compile(rf'(?:{_QUOTED}|"[\s\S]*|\\[\s\S]|[^"@])*')
_WRONG_IN_LOCAL = re.compile(r"[^!-~]|[()<>,;:\[\]]")
_WRONG_IN_DOMAIN = re.compile(r"[^A-Za-z0-9.-]")
_LITERAL = re.compile(r"\[[!-Z^-~]*\]")


class Address(NamedTuple):
    """One address.

    Attributes:
        name: its display name; empty if it has none.
        spec: the address itself, ``local@domain``.

    """

    name: str
    spec: str


class _Token(NamedTuple):
    kind: str
    text: str


def parse(text: str) -> Address:
    """The one address in a text.

    Raises:
        AWSError: it contains no address, several, or an invalid one.

    """
    found = [_read(item) for item in _items(text)]
    # As in JavaMail, the text is read as a list, whose items may be names without a domain.
    for address in found:
        _check(address.spec, text, needs_domain=False)
    if not found:
        raise sending_errors.at_sign_missing()
    if len(found) > 1:
        raise sending_errors.illegal_address()
    _check(found[0].spec, text, needs_domain=True)
    return found[0]


def bare(text: str) -> str:
    """The address in a text, without display name and comments. A text without an address is returned as it is."""
    try:
        return parse(text).spec
    except AWSError:
        return text


def split(header: str) -> tuple[str, ...]:
    """The addresses of a header as they are written, with those of groups.

    Raises:
        AWSError: a comment is not closed.

    """
    tokens = list(_tokens(header))
    ends = sum(token.kind == "semicolon" for token in tokens)
    found, current, in_group = [], "", False
    for kind, text in tokens:
        if kind == "colon" and ends and not in_group:
            current, in_group = "", True
        elif kind == "comma" or (kind == "semicolon" and in_group):
            found.append(current)
            current = ""
        else:
            current += text
        if kind == "semicolon":
            ends, in_group = ends - 1, False
    return tuple(one.strip() for one in (*found, current) if one.strip())


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        if text[at] == "(":
            kind, end = "comment", _end_of_comment(text, at)
        else:
            match = _TOKEN.match(text, at)
            assert match is not None
            assert match.lastgroup is not None
            kind, end = match.lastgroup, match.end()
        yield _Token(kind, text[at:end])
        at = end


def _end_of_comment(text: str, start: int) -> int:
    depth = 0
    for match in _PARENTHESIS.finditer(text, start):
        depth += {"(": 1, ")": -1}.get(match[0], 0)
        if not depth:
            return match.end()
    raise sending_errors.comment_not_closed()


def _items(text: str) -> Iterator[list[_Token]]:
    """The tokens of each item of a list; empty items are left out."""
    item: list[_Token] = []
    for token in (*_tokens(text), _Token("comma", ",")):
        if token.kind != "comma":
            item.append(token)
        else:
            if any(one.text.strip() for one in item):
                yield item
            item = []


def _read(item: list[_Token]) -> Address:
    """The address of an item, without a check."""
    if any(token.kind in ("colon", "semicolon", "stray") for token in item):
        # None of these is allowed in an unquoted name, so the whole item counts as the address.
        return Address("", "".join(token.text for token in item).strip())
    angles = [number for number, token in enumerate(item) if token.kind == "angles"]
    if len(angles) > 1:
        raise sending_errors.second_route_address()
    if angles:
        before = item[: angles[0]]
        return Address(_name(before, "comment"), item[angles[0]].text[1:-1].strip())
    name = _name([token for token in item if token.kind == "comment"], "")
    return Address(name, "".join(token.text for token in item if token.kind != "comment").strip())


def _name(tokens: list[_Token], without: str) -> str:
    parts = [
        _ESCAPED.sub(r"\1", token.text[1:-1]) if token.kind in ("quoted", "comment") else token.text
        for token in tokens
        if token.kind != without
    ]
    return "".join(parts).strip()


def _check(spec: str, text: str, *, needs_domain: bool) -> None:
    """Checks one address. An error shows ``text``.

    Raises:
        AWSError: it is invalid.

    """
    found = _LOCAL.match(spec)
    assert found is not None
    local, rest = found[0], spec[found.end() :]
    _check_local(local, text)
    if not rest:
        if needs_domain:
            raise sending_errors.at_sign_missing()
    elif not local:
        raise sending_errors.local_part_missing()
    elif local.endswith("."):
        raise sending_errors.local_part_ends_with_dot()
    elif local.endswith('@"'):
        raise sending_errors.domain_missing()
    else:
        _check_domain(rest[1:])


def _check_local(local: str, text: str) -> None:
    quoted = "".join(re.findall(_QUOTED, local))
    if re.search(r"[\r\n]", quoted):
        raise sending_errors.invalid_address(text)
    plain = _ESCAPED.sub("", re.sub(_QUOTED, "", local))
    wrong = _WRONG_IN_LOCAL.search(plain)
    if wrong is not None:
        if "!" <= wrong[0] <= "~":
            raise sending_errors.local_part_has_illegal_character()
        raise sending_errors.local_part_has_control_character()
    if quoted and quoted != local:
        raise sending_errors.quote_within_local_part(at_start=local.startswith('"'))
    if plain.startswith("."):
        raise sending_errors.local_part_starts_with_dot()
    if ".." in plain:
        raise sending_errors.local_part_has_two_dots()


def _check_domain(domain: str) -> None:
    if not domain or domain.endswith("."):
        raise sending_errors.domain_missing()
    if _LITERAL.fullmatch(domain):
        return
    wrong = _WRONG_IN_DOMAIN.search(domain)
    if wrong is not None:
        if wrong[0].isspace() or not wrong[0].isprintable():
            raise sending_errors.domain_has_control_character()
        raise sending_errors.domain_has_illegal_character()
    if domain.startswith("."):
        raise sending_errors.domain_starts_with_dot()
    if ".." in domain:
        raise sending_errors.domain_has_two_dots()
