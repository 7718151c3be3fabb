"""Addresses of messages: what is read as name and address, what is refused, and the addresses of a header."""

from __future__ import annotations

from contextlib import suppress
from email.headerregistry import HeaderRegistry
from typing import Any

import pytest
from fidelity import aws
from hypothesis import example, given
from hypothesis import strategies as st

from ses_stub._core.aws_errors import AWSError
from ses_stub._model.addresses import bare, parse, split


def refusal(text: str) -> str:
    with pytest.raises(AWSError) as caught:
        parse(text)
    assert (caught.value.code, caught.value.status) == ("InvalidParameterValue", 400)
    return caught.value.message


# What is read.

READ = {
    "bare": ("ann@example.com", "", "ann@example.com"),
    "white space": (" ann@example.com\t", "", "ann@example.com"),
    "name": ("Ann Lee <ann@example.com>", "Ann Lee", "ann@example.com"),
    "quoted name": (r'"Lee, \"Ann\": <1>" <ann@example.com>', 'Lee, "Ann": <1>', "ann@example.com"),
    "name that looks like an address": ("ann@example.com <ann@example.com>", "ann@example.com", "ann@example.com"),
    "name in a comment": ("ann@example.com (Ann (the first))", "Ann (the first)", "ann@example.com"),
    "parenthesis in a comment": (r"ann@example.com (Ann \( Lee)", "Ann ( Lee", "ann@example.com"),
    "comment before a name": ("(work) Ann <ann@example.com>", "Ann", "ann@example.com"),
    "text behind the address": ("Ann <ann@example.com> Lee", "Ann", "ann@example.com"),
    "quoted local part": ('"a b@c"@example.com', "", '"a b@c"@example.com'),
    "quoted local part in angle brackets": ('Ann <"a>b"@example.com>', "Ann", '"a>b"@example.com'),
    "address of a host": ("ann@[192.0.2.1]", "", "ann@[192.0.2.1]"),
    "empty items": (", ann@example.com,", "", "ann@example.com"),
}


@pytest.mark.parametrize(("text", "name", "spec"), READ.values(), ids=READ)
def test_name_and_address_are_read(text: str, name: str, spec: str) -> None:
    """Display name, comments and quotes are read as RFC 5322 has them."""
    assert parse(text) == (name, spec)
    assert bare(text) == spec


ATOM = st.text("abcXYZ019!#$%&'*+-/=?^_`{|}~", min_size=1, max_size=8)
DOMAIN = st.from_regex(r"[a-z0-9]{1,8}(\.[a-z0-9]{1,8}){1,3}", fullmatch=True)
NAME = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12)


@given(local=st.lists(ATOM, min_size=1, max_size=3).map(".".join), domain=DOMAIN, name=NAME)
def test_valid_address_is_read_as_python_reads_it(local: str, domain: str, name: str) -> None:
    """A valid address with a quoted display name has the parts that Python's own parser finds."""
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    text = f'"{quoted}" <{local}@{domain}>'
    header: Any = HeaderRegistry()("To", text)
    (expected,) = header.addresses
    found = parse(text)
    assert found.spec == expected.addr_spec
    # Python folds white space in a name.
    assert found.name.split() == expected.display_name.split()


@example("a@b")
@given(st.text('ab@.,:;<>()[]"\\ é\n', max_size=20))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Any text is an address or an error, and `bare` returns a text for each."""
    try:
        spec = parse(text).spec
    except AWSError:
        spec = text
    else:
        assert "@" in spec
    assert bare(text) == spec


# What is refused.


@aws(
    "recorded",
    "openstax/accounts issue 253, mautic/mautic issue 10304, boto/botocore issue 1774, soto-project/soto issue 331,"
    " hcengineering/platform issue 7864, SebastiaanKlippert/lambda-ses-forwarder issue 2, 18F/identity-idp pull request"
    " 7380, egulias/EmailValidator issue 414, arithmetric/aws-lambda-ses-forwarder issues 91 and 103",
)
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Lee, Ann <ann@example.com>", "Illegal address"),
        ("ann@example.com, bob@example.com", "Illegal address"),
        ("Your Grace, Ann Lee <ann@example.com>", "Local address contains control or whitespace"),
        ("DEBUG: Ann <ann@example.com>", "Local address contains illegal character"),
        ("To: ann@example.com", "Local address contains illegal character"),
        ("github:ann", "Local address contains illegal character"),
        ("ann@example.com%!", "Domain contains illegal character"),
        ("ann@exämple.com", "Domain contains illegal character"),
        ("ånn@example.com", "Local address contains control or whitespace"),
        ("Ann <ann@example.com> <bob@example.com>", "Extra route-addr"),
        ("@example.com", "Missing local name"),
    ],
)
def test_recorded_mistakes_have_the_recorded_texts(text: str, message: str) -> None:
    """Addresses are read as a list: a comma or colon in a name needs quotes, and a domain has no other signs."""
    assert refusal(text) == message


@aws("recorded, inferred", "brave/accounts issue 35: which of the two gets this text is not said")
@pytest.mark.parametrize("text", ["ann@example.com.", '"ann@"@example.com'])
def test_dot_at_the_end_or_at_sign_before_the_quote_is_a_missing_domain(text: str) -> None:
    """A domain with a dot at the end, and a quoted local part that ends with ``@``, are a missing domain."""
    assert refusal(text) == "Missing domain"


@aws("inferred", "the recorded texts are JavaMail's, which has these too")
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ann@bob@example.com", "Domain contains illegal character"),
        ("ann@exam_ple.com", "Domain contains illegal character"),
        ("ann@example.com; bob@example.com", "Domain contains illegal character"),
        ("ann@.example.com", "Domain starts with dot"),
        ("ann@example..com", "Domain contains dot-dot"),
        ("ann@exam\x01ple.com", "Domain contains control or whitespace"),
        ("Ann; Lee <ann@example.com>", "Local address contains illegal character"),
        ("ann[@example.com", "Local address contains illegal character"),
        (".ann@example.com", "Local address starts with dot"),
        ("a..b@example.com", "Local address contains dot-dot"),
        ("ann.@example.com", "Local address ends with dot"),
        ('"a"b@example.com', "Quote not at end of local address"),
        ('a"b"@example.com', "Quote not at start of local address"),
        ("ann@example.com (Ann", "Missing ')'"),
        (",", "Missing final '@domain'"),
    ],
)
def test_other_mistakes_have_the_texts_of_javamail(text: str, message: str) -> None:
    """Mistakes that nobody has published get JavaMail's texts."""
    assert refusal(text) == message


# Headers.


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ('"Lee, Ann" <a@b.co>, c@d.co', ('"Lee, Ann" <a@b.co>', "c@d.co")),
        ("Team: a@b.co, c@d.co; e@f.co", ("a@b.co", "c@d.co", "e@f.co")),
        ("Team: a@b.co;, Others: c@d.co;", ("a@b.co", "c@d.co")),
        ("undisclosed-recipients:;", ()),
        ("DEBUG: Ann <a@b.co>", ("DEBUG: Ann <a@b.co>",)),
        ("a@b.co; c@d.co", ("a@b.co; c@d.co",)),
        ("(nobody, really) a@b.co", ("(nobody, really) a@b.co",)),
        ("", ()),
    ],
)
def test_header_is_split_into_addresses_as_written(header: str, found: tuple[str, ...]) -> None:
    """A header's addresses are those between its commas; a group ends with a semicolon, else its colon is a mistake."""
    assert split(header) == found


@pytest.mark.parametrize("sign", ["(", "((a)", '"', '<"', "<", "\\", ",", ":", ";", "a;:", '"a" <b>,'])
def test_hostile_header_is_read_in_linear_time(sign: str) -> None:
    """A long header of any signs is read, or refused, without repeated searching."""
    for read in (split, parse):
        with suppress(AWSError):
            read(sign * 20_000)
