"""The codec, against botocore's own serializer and parser, and against recorded bodies."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import botocore.parsers
import botocore.serialize
import botocore.session
import pytest
from botocore.awsrequest import AWSRequest
from botocore.model import Shape
from dateutil.tz import tzutc
from fidelity import aws
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from repeat import times
from shapes import shapes

from ses_stub._core import aws_errors
from ses_stub._core.aws_errors import AWSError
from ses_stub._operations.tables import V1
from ses_stub._wire.query import decode, encode_error, encode_result, route
from ses_stub._wire.query_fast import (
    VerificationAttributes,
    decode_get_verification_attributes,
    encode_get_verification_attributes,
)
from ses_stub._wire.xml import escape

SES = botocore.session.Session().get_service_model("ses")
SERIALIZER = botocore.serialize.create_serializer("query")
PARSER = botocore.parsers.create_parser("query")
GET = "GetIdentityVerificationAttributes"
REQUEST_ID = "1d0c29f1-9bf3-11e1-8ee7-c98a0037a2b6"


def sent(operation: str, params: dict[str, Any]) -> str:
    """The body that botocore sends."""
    request = SERIALIZER.serialize_to_request(params, SES.operation_model(operation))
    body = AWSRequest("POST", "https://example.com", data=request["body"]).prepare().body
    return body.decode() if isinstance(body, bytes) else body


def parsed(operation: str, body: bytes, status: int = 200) -> dict[str, Any]:
    """What botocore reads from a body."""
    answer: dict[str, Any] = PARSER.parse(
        {"status_code": status, "headers": {}, "body": body}, SES.operation_model(operation).output_shape
    )
    return answer


# What XML 1.0 can hold; botocore's Query encoding can hold all of UTF-8.
XML_TEXT = st.characters(
    codec="utf-8", exclude_categories=("Cc", "Cs"), include_characters="\t\n\r\x7f", exclude_characters="\ufffe\uffff"
)


def values(shape: Shape, characters: SearchStrategy[str]) -> SearchStrategy[Any]:
    """Every value that a shape of the service model can have; timestamps in whole seconds, as SES answers them."""
    least = shape.metadata.get("min", 0)
    if shape.type_name == "structure":
        strategies = {name: values(member, characters) for name, member in shape.members.items()}
        must = {name: strategies.pop(name) for name in shape.required_members}
        whole = st.fixed_dictionaries(must, optional=strategies)
        # The Query protocol cannot distinguish an empty structure from a missing one.
        return whole.filter(bool) if not must else whole
    if shape.type_name == "list":
        return st.lists(values(shape.member, characters), min_size=least, max_size=3)
    if shape.type_name == "map":
        return st.dictionaries(values(shape.key, characters), values(shape.value, characters), max_size=3)
    if shape.type_name == "string":
        return st.sampled_from(shape.enum) if shape.enum else st.text(characters, min_size=least, max_size=least + 8)
    return {
        "boolean": st.booleans(),
        "integer": st.integers(least, 2**31 - 1),
        "long": st.integers(-(2**63), 2**63 - 1),
        "double": st.floats(allow_nan=False, allow_infinity=False),
        "blob": st.binary(max_size=8),
        "timestamp": st.datetimes(datetime(1000, 1, 1), timezones=st.just(tzutc())).map(
            lambda one: one.replace(microsecond=0)
        ),
    }[shape.type_name]


def some(shape: Shape, characters: SearchStrategy[str]) -> SearchStrategy[Any]:
    """The values of a whole request or response, which may be empty."""
    return values(shape, characters) | st.just({}) if not shape.required_members else values(shape, characters)


INPUTS = [name for name in SES.operation_names if SES.operation_model(name).input_shape is not None]
OUTPUTS = [name for name in SES.operation_names if SES.operation_model(name).output_shape is not None]
NO_INPUT = ["GetAccountSendingEnabled", "GetSendQuota", "GetSendStatistics", "ListVerifiedEmailAddresses"]
NO_OUTPUT = [
    "CreateCustomVerificationEmailTemplate",
    "DeleteVerifiedEmailAddress",
    "UpdateAccountSendingEnabled",
    "UpdateConfigurationSetReputationMetricsEnabled",
    "UpdateConfigurationSetSendingEnabled",
    "UpdateCustomVerificationEmailTemplate",
    "DeleteCustomVerificationEmailTemplate",
    "VerifyEmailAddress",
]


def test_every_operation_is_tested() -> None:
    """Every supported operation is tested below, with its input and output if it has them."""
    assert set(V1) - set(INPUTS) == set(NO_INPUT)
    assert set(V1) - set(OUTPUTS) == set(NO_OUTPUT)
    assert set(V1) <= set(SES.operation_names)


@pytest.mark.parametrize("operation", SES.operation_names)
def test_query_model_has_no_more(operation: str) -> None:
    """No operation of SES uses what the codec leaves out: other names on the wire, maps and fractions in a request."""
    model = SES.operation_model(operation)
    given, answered = (list(shapes(one)) for one in (model.input_shape, model.output_shape))
    assert not {"map", "float", "double", "long"} & {shape.type_name for shape in given}
    members = [pair for shape in (*given, *answered) for pair in getattr(shape, "members", {}).items()]
    assert all(member.serialization.get("name", name) == name for name, member in members)


@pytest.mark.parametrize("operation", INPUTS)
@settings(max_examples=times(3))
@given(data=st.data())
def test_query_decoder_undoes_botocore_serializer(operation: str, data: st.DataObject) -> None:
    """The decoder returns what the caller gave to botocore's serializer, for every operation of SES."""
    params = data.draw(some(SES.operation_model(operation).input_shape, st.characters(codec="utf-8")))
    body = sent(operation, params)
    assert route(body) == operation
    assert decode(body, operation) == params


@pytest.mark.parametrize("operation", OUTPUTS)
@settings(max_examples=times(3))
@given(data=st.data())
def test_botocore_parser_undoes_query_encoder(operation: str, data: st.DataObject) -> None:
    """Botocore's parser returns what was encoded, for every operation of SES."""
    result = data.draw(some(SES.operation_model(operation).output_shape, XML_TEXT))
    answer = parsed(operation, encode_result(operation, result, REQUEST_ID))
    assert answer.pop("ResponseMetadata")["RequestId"] == REQUEST_ID
    assert answer == result


@pytest.mark.parametrize("operation", NO_INPUT)
@pytest.mark.parametrize("more", ["", "&MaxItems=1"], ids=["as botocore writes it", "with a parameter"])
def test_operation_without_input_ignores_all_parameters(operation: str, more: str) -> None:
    """An operation without input is read from its action alone, whatever else was sent."""
    body = sent(operation, {}) + more
    assert route(body) == operation
    assert decode(body, operation) == {}


@aws("documented", "service model: VerifyEmailAddress and seven others have no output")
@pytest.mark.parametrize("operation", NO_OUTPUT)
def test_operation_without_output_has_no_result_element(operation: str) -> None:
    """An operation without output has no result element in its body, not even an empty one."""
    body = encode_result(operation, {}, REQUEST_ID)
    assert f"{operation}Response".encode() in body
    assert b"Result" not in body
    metadata = {"RequestId": REQUEST_ID, "HTTPStatusCode": 200, "HTTPHeaders": {}}
    assert parsed(operation, body) == {"ResponseMetadata": metadata}


NAMES = st.lists(st.text(st.characters(codec="utf-8"), max_size=12), max_size=12)


@given(NAMES)
def test_fast_path_reads_what_the_codec_reads(names: list[str]) -> None:
    """The fast path of the polled operation reads what the codec reads."""
    body = sent(GET, {"Identities": names})
    assert decode(body, GET) == {"Identities": names}
    # botocore writes an empty list without a member, and the application never polls without names.
    assert decode_get_verification_attributes(body) == ({"Identities": names} if names else None)


def test_fast_path_reads_a_long_list() -> None:
    """A list that is longer than the service accepts is read completely."""
    names = [f"{i}.example.com" for i in range(2500)]
    assert decode_get_verification_attributes(sent(GET, {"Identities": names})) == {"Identities": names}


@pytest.mark.parametrize(
    "members",
    ["Identities.member.2=a.co", "Identities.member.1=a.co&Identities.member.3=b.co", "Identities=", "Other=1"],
    ids=["not from 1", "a gap", "empty", "another parameter"],
)
def test_fast_path_leaves_other_requests_to_the_codec(members: str) -> None:
    """Requests that botocore would not write are left to the codec."""
    assert decode_get_verification_attributes(f"Action={GET}&Version=2010-12-01&{members}") is None


@given(
    st.dictionaries(
        st.text(XML_TEXT, max_size=12),
        st.fixed_dictionaries(
            {"VerificationStatus": st.sampled_from(SES.shape_for("VerificationStatus").enum)},
            optional={"VerificationToken": st.text(XML_TEXT, max_size=12)},
        ),
        max_size=5,
    )
)
def test_fast_path_writes_what_the_codec_writes(attributes: dict[str, dict[str, str]]) -> None:
    """The fast path of the polled operation writes the bytes that the codec writes."""
    result = {"VerificationAttributes": VerificationAttributes(attributes)}
    body = encode_get_verification_attributes(result, REQUEST_ID)
    assert body == encode_result(GET, result, REQUEST_ID)
    assert parsed(GET, body)["VerificationAttributes"] == attributes


# Recorded bodies.

RECORDED_SUCCESS = """\
<GetIdentityVerificationAttributesResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/">
  <GetIdentityVerificationAttributesResult>
    <VerificationAttributes>
      <entry>
        <key>domain.com</key>
        <value>
          <VerificationStatus>Pending</VerificationStatus>
          <VerificationToken>QTKknzFg2J4ygwa+XvHAxUl1hyHoY0gVfZdfjIedHZ0=</VerificationToken>
        </value>
      </entry>
      <entry>
        <key>user@domain.com</key>
        <value>
          <VerificationStatus>Pending</VerificationStatus>
        </value>
      </entry>
    </VerificationAttributes>
  </GetIdentityVerificationAttributesResult>
  <ResponseMetadata>
    <RequestId>1d0c29f1-9bf3-11e1-8ee7-c98a0037a2b6</RequestId>
  </ResponseMetadata>
</GetIdentityVerificationAttributesResponse>
"""
EMPTY_SUCCESS = """\
<GetIdentityVerificationAttributesResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/">
  <GetIdentityVerificationAttributesResult>
    <VerificationAttributes/>
  </GetIdentityVerificationAttributesResult>
  <ResponseMetadata>
    <RequestId>1d0c29f1-9bf3-11e1-8ee7-c98a0037a2b6</RequestId>
  </ResponseMetadata>
</GetIdentityVerificationAttributesResponse>
"""
NO_RESULT = """\
<VerifyEmailAddressResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/">
  <ResponseMetadata>
    <RequestId>1d0c29f1-9bf3-11e1-8ee7-c98a0037a2b6</RequestId>
  </ResponseMetadata>
</VerifyEmailAddressResponse>
"""
EMPTY_RESULT = """\
<VerifyEmailIdentityResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/">
  <VerifyEmailIdentityResult/>
  <ResponseMetadata>
    <RequestId>1d0c29f1-9bf3-11e1-8ee7-c98a0037a2b6</RequestId>
  </ResponseMetadata>
</VerifyEmailIdentityResponse>
"""
LISTED = """\
<ListIdentitiesResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/">
  <ListIdentitiesResult>
    <Identities>
      <member>example.com</member>
      <member>user@example.com</member>
    </Identities>
    <NextToken>more</NextToken>
  </ListIdentitiesResult>
  <ResponseMetadata>
    <RequestId>1d0c29f1-9bf3-11e1-8ee7-c98a0037a2b6</RequestId>
  </ResponseMetadata>
</ListIdentitiesResponse>
"""
TOKEN = "QTKknzFg2J4ygwa+XvHAxUl1hyHoY0gVfZdfjIedHZ0="
TWO = {
    "domain.com": {"VerificationStatus": "Pending", "VerificationToken": TOKEN},
    "user@domain.com": {"VerificationStatus": "Pending"},
}
BODIES = [
    pytest.param(GET, {"VerificationAttributes": TWO}, RECORDED_SUCCESS, id="a domain and an address"),
    pytest.param(GET, {"VerificationAttributes": {}}, EMPTY_SUCCESS, id="an empty map"),
    pytest.param("VerifyEmailAddress", {}, NO_RESULT, id="no result"),
    pytest.param("VerifyEmailIdentity", {}, EMPTY_RESULT, id="an empty result"),
    pytest.param(
        "ListIdentities", {"Identities": ["example.com", "user@example.com"], "NextToken": "more"}, LISTED, id="a list"
    ),
]


@aws(
    "recorded, inferred",
    "botocore's unit tests, ses-get-identity-verification-attributes.xml; the empty map is inferred",
)
@pytest.mark.parametrize(("operation", "result", "body"), BODIES)
def test_success_body_has_the_recorded_layout(operation: str, result: dict[str, Any], body: str) -> None:
    """A success has AWS's layout: two spaces per level, no declaration, a final newline."""
    assert encode_result(operation, result, REQUEST_ID) == body.encode()


def test_time_is_written_as_in_the_examples_of_the_service_model() -> None:
    """A time in an answer is in whole seconds of UTC, with a Z."""
    point = {"Timestamp": datetime(2026, 1, 2, 3, 4, 5, tzinfo=tzutc()), "Bounces": 1}
    body = encode_result("GetSendStatistics", {"SendDataPoints": [point]}, REQUEST_ID)
    assert b"<Timestamp>2026-01-02T03:04:05Z</Timestamp>" in body


@aws("recorded", "hashicorp/terraform-provider-aws pull request 2640")
def test_answer_for_one_domain_has_659_bytes() -> None:
    """The response for one Pending domain has 659 bytes, like the recorded one."""
    entry = {"VerificationStatus": "Pending", "VerificationToken": TOKEN}
    result = {"VerificationAttributes": {"fyfaz37w7e.terraformtesting.com": entry}}
    assert len(encode_result(GET, result, "492c9206-374c-11e8-8213-9f1ef4d3cb3a")) == 659


@aws("recorded", "botocore's unit tests, errors/ses-delete-identity.xml")
def test_error_body_has_the_recorded_layout() -> None:
    """An error has its request id directly below the response element, without ResponseMetadata."""
    assert encode_error(aws_errors.invalid_identity("foobar"), "332db868-b7f9-11e2-b4a6-337840b53735") == (
        b'<ErrorResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/">\n'
        b"  <Error>\n"
        b"    <Type>Sender</Type>\n"
        b"    <Code>InvalidParameterValue</Code>\n"
        b"    <Message>Identity foobar is invalid. Must be a verified email address or domain.</Message>\n"
        b"  </Error>\n"
        b"  <RequestId>332db868-b7f9-11e2-b4a6-337840b53735</RequestId>\n"
        b"</ErrorResponse>\n"
    )


@aws(
    "recorded, inferred",
    "mkrn/cdk-ses-template-mailer issue 11, of another operation; type and layout as in other errors",
)
def test_throttled_call_has_the_recorded_body() -> None:
    """A throttled call gets Sender, Throttling and "Rate exceeded", in 254 bytes."""
    body = encode_error(aws_errors.throttled(), "67f7ebb1-8ea3-4889-8037-391093437e2a")
    assert len(body) == 254
    answer = parsed(GET, body, 400)
    assert answer["Error"] == {"Type": "Sender", "Code": "Throttling", "Message": "Rate exceeded"}
    assert answer["ResponseMetadata"]["RequestId"] == "67f7ebb1-8ea3-4889-8037-391093437e2a"


@aws("recorded", "terraform-provider-aws pull request 2640: the length of an error's body")
def test_error_without_a_text_has_no_message_element() -> None:
    """An error without a text has no Message element; botocore calls it unknown."""
    body = encode_error(AWSError("MalformedInput", ""), REQUEST_ID)
    assert b"<Code>MalformedInput</Code>\n  </Error>\n" in body
    assert parsed(GET, body, 400)["Error"] == {"Type": "Sender", "Code": "MalformedInput"}


@aws("inferred", "all recorded errors with 4xx are Sender's; Receiver is what the Query protocol has beside it")
@given(st.text(XML_TEXT, min_size=1), st.text(XML_TEXT, min_size=1), st.sampled_from([400, 403, 500, 503]))
def test_query_errors_are_read_by_botocore(code: str, message: str, status: int) -> None:
    """Errors below 500 have type Sender, others Receiver. Any code and message is read unchanged."""
    error = parsed(GET, encode_error(AWSError(code, message, status), REQUEST_ID), status)["Error"]
    assert error == {"Type": "Sender" if status < 500 else "Receiver", "Code": code, "Message": message}


@pytest.mark.parametrize(
    ("text", "xml"),
    [
        ("example.com", "example.com"),
        ("<a@b> & \"c\" 'd'", "&lt;a@b&gt; &amp; \"c\" 'd'"),
        ("]]>", "]]&gt;"),
        ("&lt;", "&amp;lt;"),
        ("a\tb\nc\rd", "a\tb\nc&#13;d"),
        ("bücher 🐍", "bücher 🐍"),
        ("\x00\x1f\ufffe\ud800", "\ufffd\ufffd\ufffd\ufffd"),
        ("", ""),
    ],
    ids=["plain", "markup", "end of section", "twice", "white space", "not ASCII", "impossible", "empty"],
)
def test_markup_is_escaped(text: str, xml: str) -> None:
    """Markup is escaped, a carriage return is preserved, and characters that XML cannot hold are replaced."""
    assert escape(text) == xml
