"""The codec of SES v2, against botocore's own serializer and parser."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta, timezone
from itertools import combinations
from typing import Any

import botocore.parsers
import botocore.serialize
import botocore.session
import pytest
from botocore.awsrequest import create_request_object, prepare_request_dict
from botocore.model import Shape
from fidelity import aws
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from repeat import times
from shapes import shapes

from ses_stub._core.aws_errors import AWSError
from ses_stub._wire.rest_json import (
    ERROR_TYPE_HEADER,
    decode,
    encode_error,
    encode_result,
    route,
)
from ses_stub._wire.service_model import operation_model

SESV2 = botocore.session.Session().get_service_model("sesv2")
SERIALIZER = botocore.serialize.create_serializer("rest-json")
PARSER = botocore.parsers.create_parser("rest-json")
ENDPOINT = "https://email.eu-west-1.amazonaws.com"
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def sent(operation: str, params: dict[str, Any]) -> tuple[str, str, str]:
    """The method, target and body that botocore sends."""
    request = SERIALIZER.serialize_to_request(params, SESV2.operation_model(operation))
    prepare_request_dict(request, ENDPOINT)
    prepared = create_request_object(request).prepare()
    return prepared.method, prepared.url.removeprefix(ENDPOINT), (prepared.body or b"").decode()


def parsed(shape: Shape | None, body: bytes, status: int = 200, **headers: str) -> dict[str, Any]:
    """What botocore reads from a body."""
    answer: dict[str, Any] = PARSER.parse({"status_code": status, "headers": headers, "body": body}, shape)
    return answer


TEXT = st.characters(codec="utf-8")


def values(shape: Shape) -> SearchStrategy[Any]:
    """Every value that a shape of the service model can have on the wire."""
    bound = shape.metadata.get("min")
    least = bound or 0
    # A URL can hold neither an empty label nor an empty list; its timestamps, unlike a body's, have fractions.
    location = shape.serialization.get("location")
    fewest = max(least, 1) if location else least
    if shape.type_name == "structure":
        strategies = {name: values(member) for name, member in shape.members.items()}
        if getattr(shape, "is_tagged_union", False):
            return st.one_of(*(st.fixed_dictionaries({name: one}) for name, one in strategies.items()))
        must = {name: strategies.pop(name) for name in shape.required_members}
        return st.fixed_dictionaries(must, optional=strategies)
    if shape.type_name == "list":
        return st.lists(values(shape.member), min_size=fewest, max_size=max(fewest, 3))
    if shape.type_name == "map":
        return st.dictionaries(values(shape.key), values(shape.value), max_size=3)
    if shape.type_name == "string":
        return st.sampled_from(shape.enum) if shape.enum else st.text(TEXT, min_size=fewest, max_size=fewest + 8)
    if shape.type_name == "timestamp":
        step = timedelta(milliseconds=1) if location else timedelta(seconds=1)
        return st.integers(0, 2**31 - 1).map(lambda number: EPOCH + number * step)
    return {
        "boolean": st.booleans(),
        "integer": st.integers(-(2**31) if bound is None else bound, 2**31 - 1),
        "long": st.integers(-(2**63) if bound is None else bound, 2**63 - 1),
        "double": st.floats(bound, allow_nan=False, allow_infinity=False),
        "blob": st.binary(max_size=8),
    }[shape.type_name]


OPERATIONS = SESV2.operation_names


@pytest.mark.parametrize("operation", OPERATIONS)
def test_model_has_no_more(operation: str) -> None:
    """No operation of SES v2 uses what the codec leaves out: headers, payloads, other URL formats."""
    model = SESV2.operation_model(operation)
    assert not re.search(r"[?+]", model.http["requestUri"])
    assert None not in (model.input_shape, model.output_shape)
    for shape in shapes(model.input_shape):
        assert "payload" not in shape.serialization
        assert shape.serialization.get("location") in (None, "uri", "querystring")
        if "location" in shape.serialization:
            assert shape.type_name not in ("map", "structure", "blob")
        assert shape.type_name not in ("float", "double")
    for shape in shapes(model.output_shape):
        assert not {"payload", "location"} & set(shape.serialization)
        assert not getattr(shape, "is_document_type", False)
        assert shape.type_name != "blob"
    for shape in (*shapes(model.input_shape), *shapes(model.output_shape)):
        assert "timestampFormat" not in shape.serialization


@pytest.mark.parametrize("operation", OPERATIONS)
@settings(max_examples=times(3))
@given(data=st.data())
def test_json_decoder_undoes_botocore_serializer(operation: str, data: st.DataObject) -> None:
    """The decoder returns what the caller gave to botocore's serializer, for every operation of SES v2."""
    params = data.draw(values(SESV2.operation_model(operation).input_shape))
    method, target, body = sent(operation, params)
    assert route(method, target) == operation
    assert decode(method, target, body, operation) == params


@pytest.mark.parametrize("operation", OPERATIONS)
@settings(max_examples=times(3))
@given(data=st.data())
def test_botocore_parser_undoes_json_encoder(operation: str, data: st.DataObject) -> None:
    """Botocore's parser returns what was encoded, for every operation of SES v2."""
    shape = SESV2.operation_model(operation).output_shape
    result = data.draw(values(shape))
    answer = parsed(shape, encode_result(operation, result))
    assert answer.pop("ResponseMetadata")["HTTPStatusCode"] == 200
    assert answer == result


@given(
    st.from_regex(r"[A-Za-z]+", fullmatch=True), st.text(TEXT, min_size=1), st.sampled_from([400, 404, 409, 429, 500])
)
def test_json_errors_are_read_by_botocore(code: str, message: str, status: int) -> None:
    """Any code and message is read unchanged."""
    header = {ERROR_TYPE_HEADER.lower(): code}
    answer = parsed(None, encode_error(AWSError(code, message, status)), status, **header)
    assert answer["Error"] == {"Code": code, "Message": message}
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == status


def test_json_error_body_has_only_a_message() -> None:
    """The body of an error has only its message."""
    assert encode_error(AWSError("NotFoundException", "Gone.", 404)) == b'{"message":"Gone."}'
    assert ERROR_TYPE_HEADER == "x-amzn-ErrorType"


def test_routes_are_unique() -> None:
    """No path matches two operations: in none there is a literal where another one has a label."""
    routes = [[http["method"], *http["requestUri"].split("/")] for http in map(http_of, OPERATIONS)]
    for one, other in combinations(routes, 2):
        pairs = zip(one, other, strict=False)
        assert len(one) != len(other) or any(a != b and "{" not in a + b for a, b in pairs)


def http_of(operation: str) -> dict[str, str]:
    http: dict[str, str] = SESV2.operation_model(operation).http
    return http


@aws("documented", "service model of sesv2: /v2/email/identities/{EmailIdentity}")
@pytest.mark.parametrize(
    ("identity", "segment"),
    [
        ("example.com", "example.com"),
        ("a@example.com", "a%40example.com"),
        ("a/b@example.com", "a%2Fb%40example.com"),
        ("a+b@example.com", "a%2Bb%40example.com"),
        ("100%2F", "100%252F"),
        ("a b?c#d", "a%20b%3Fc%23d"),
        ("bücher.example", "b%C3%BCcher.example"),
        ("policies", "policies"),
    ],
    ids=["domain", "address", "slash", "plus", "percent", "space and query", "not ASCII", "a literal's word"],
)
def test_identity_in_the_path_is_unescaped(identity: str, segment: str) -> None:
    """An identity in the path is unescaped, whatever its characters."""
    method, target, body = sent("GetEmailIdentity", {"EmailIdentity": identity})
    assert target == f"/v2/email/identities/{segment}"
    assert route(method, target) == "GetEmailIdentity"
    assert decode(method, target, body, "GetEmailIdentity") == {"EmailIdentity": identity}


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/"),
        ("GET", ""),
        ("POST", "/v2/email/identities/a.co"),
        ("GET", "/v2/email/identities/"),
        ("GET", "/v2/email/identities/a.co/"),
        ("GET", "/v2/email/identities//policies"),
        ("GET", "/v2/email/identities/a/b/policies"),
        ("PATCH", "/v2/email/identities"),
        ("POST", "/v2/email/email-addresses"),
    ],
    ids=[
        "root",
        "nothing",
        "another method",
        "empty label",
        "a slash more",
        "empty label within",
        "a bare slash in a label",
        "unknown method",
        "unknown path",
    ],
)
def test_unknown_method_or_path_names_no_operation(method: str, target: str) -> None:
    """An unknown method or path names no operation."""
    assert route(method, target) == ""


def test_query_is_not_path() -> None:
    """The query string does not affect which operation is found."""
    assert route("POST", "/v2/email/identities?/a/b=c") == "CreateEmailIdentity"


def test_operation_model_is_found_by_api_name() -> None:
    """The model of an operation is botocore's, found by the API's name."""
    assert operation_model("sesv2", "SendEmail").http["requestUri"] == "/v2/email/outbound-emails"


def decoded(operation: str, body: str, target: str = "/v2/email/outbound-emails") -> dict[str, Any]:
    return decode("POST", target, body, operation)


def refused(operation: str, body: str, target: str = "/v2/email/outbound-emails") -> AWSError:
    """The error of a refused request, which is always the sender's."""
    with pytest.raises(AWSError) as caught:
        decoded(operation, body, target)
    assert caught.value.status == 400
    return caught.value


@aws("unverified", "the code is that of other REST JSON services of AWS", question="raw-requests")
@pytest.mark.parametrize(
    "body", ["{", "EmailIdentity=a.co", "[]", "null", '"text"', "1", "[" * 99_999], ids=lambda body: body[:20]
)
def test_not_an_object(body: str) -> None:
    """A body that is not a JSON object is refused."""
    assert refused("CreateEmailIdentity", body).code == "SerializationException"


@pytest.mark.parametrize(
    ("operation", "member", "node"),
    [
        ("CreateEmailIdentity", "EmailIdentity", 1),
        ("CreateEmailIdentity", "EmailIdentity", ["a.co"]),
        ("CreateEmailIdentity", "EmailIdentity", {}),
        ("CreateEmailIdentity", "EmailIdentity", False),
        ("CreateEmailIdentity", "Tags", {"Key": "a"}),
        ("CreateEmailIdentity", "Tags", ["a"]),
        ("CreateEmailIdentity", "Tags", [None]),
        ("CreateEmailIdentity", "DkimSigningAttributes", "a"),
        ("PutAccountSendingAttributes", "SendingEnabled", 1),
        ("PutAccountSendingAttributes", "SendingEnabled", "true"),
        ("ListRecommendations", "PageSize", True),
        ("ListRecommendations", "PageSize", 1.5),
        ("ListRecommendations", "PageSize", "1"),
        ("ListRecommendations", "Filter", []),
        ("ListRecommendations", "Filter", {"TYPE": 1}),
        ("SendEmail", "Content", {"Raw": {"Data": "no base64"}}),
        ("SendEmail", "Content", {"Raw": {"Data": 1}}),
        ("CreateConfigurationSet", "ReputationOptions", {"LastFreshStart": "2024-01-01T00:00:00Z"}),
        ("CreateConfigurationSet", "ReputationOptions", {"LastFreshStart": 1e300}),
        ("CreateConfigurationSet", "ReputationOptions", {"LastFreshStart": float("nan")}),
    ],
)
def test_member_of_wrong_json_type_is_refused(operation: str, member: str, node: Any) -> None:
    """A member with the wrong JSON type is refused."""
    assert refused(operation, json.dumps({member: node})).code == "SerializationException"


@pytest.mark.parametrize("value", ["x", "1.5", "true", "", "[" * 99_999], ids=lambda value: value[:5])
def test_wrong_number_in_url(value: str) -> None:
    """A number in the query string must be valid."""
    assert refused("ListContactLists", "", f"/v2/email/contact-lists?PageSize={value}").code == "SerializationException"


@pytest.mark.parametrize("value", ["x", "", "1700000000", "2024-01-01", "2024-01-01T00:00:00", "2024-13-01T00:00:00Z"])
def test_wrong_time_in_url(value: str) -> None:
    """A time in the query string must have the ISO 8601 format with a zone."""
    target = f"/v2/email/suppression/addresses?StartDate={value}"
    assert refused("ListSuppressedDestinations", "", target).code == "SerializationException"


@pytest.mark.parametrize("written", ["2024-01-02T01:04:05%2B01:00", "2024-01-02T00:04:05Z", "2024-01-02T00:04:05.000Z"])
def test_time_arrives_in_utc(written: str) -> None:
    """A time is converted to UTC, whatever its zone."""
    target = f"/v2/email/suppression/addresses?StartDate={written}"
    start = decoded("ListSuppressedDestinations", "", target)["StartDate"]
    assert start == datetime(2024, 1, 2, 0, 4, 5, tzinfo=timezone.utc)
    assert start.tzinfo is timezone.utc


def test_last_of_equal_names() -> None:
    """Of two equal names in the query string the last one counts; a list gets both."""
    target = "/v2/email/suppression/addresses?Reason=BOUNCE&NextToken=a&Reason=COMPLAINT&NextToken=b+c"
    assert decoded("ListSuppressedDestinations", "", target) == {"Reasons": ["BOUNCE", "COMPLAINT"], "NextToken": "b c"}


@aws("inferred", "floci, probed with policyName: the validator's words without the value")
@pytest.mark.parametrize("body", ["", "{}", '{"EmailIdentity": null}', '{"emailIdentity": "a.co"}'])
def test_missing_member_is_a_validation_error(body: str) -> None:
    """A required member that is absent or null is a ValidationException that names it."""
    error = refused("CreateEmailIdentity", body)
    assert error.code == "BadRequestException"
    assert error.message == (
        "1 validation error detected: Value at 'emailIdentity' failed to satisfy constraint: Member must not be null"
    )


@aws("reported", "floci, probed")
def test_null_for_a_boolean_with_a_default_is_refused() -> None:
    """A boolean that is false if it is missing must not be null."""
    body = '{"SendingEnabled": null}'
    assert refused("PutAccountSendingAttributes", body).code == "SerializationException"
    assert decoded("PutAccountSendingAttributes", "{}") == {}


def test_null_is_as_good_as_nothing_elsewhere() -> None:
    """A text, a number, a boolean without a default and a value of a map may be null."""
    assert decoded("ListEmailIdentities", '{"PageSize": null, "NextToken": null}', "/v2/email/list-identities") == {}
    # An older service model requires the description.
    details = {"MailType": "MARKETING", "WebsiteURL": "https://a.co/", "UseCaseDescription": "Receipts."}
    body = json.dumps({**details, "ProductionAccessEnabled": None})
    assert decoded("PutAccountDetails", body) == details
    assert decoded("ListRecommendations", '{"Filter": {"TYPE": null}}') == {"Filter": {}}


def test_missing_nested_member_is_named() -> None:
    """A required member inside another member is named too."""
    error = refused("CreateEmailIdentity", '{"EmailIdentity": "a.co", "Tags": [{"Key": "a"}]}')
    assert error.code == "BadRequestException"
    assert "Value at 'value' failed" in error.message


def test_missing_in_url() -> None:
    """A required member of the query string is not read from the body."""
    error = refused("ListTagsForResource", '{"ResourceArn": "arn:a"}', "/v2/email/tags")
    assert "Value at 'resourceArn' failed" in error.message


def test_unknown_and_null_members_are_left_out() -> None:
    """Unknown members are ignored, and null members are left out."""
    body = '{"EmailIdentity": "a.co", "Colour": {"a": [1]}, "ConfigurationSetName": null, "Tags": []}'
    assert decoded("CreateEmailIdentity", body) == {"EmailIdentity": "a.co", "Tags": []}


@aws("inferred", "floci, probed with policyName: the validator's words without the value")
def test_value_outside_an_enum_is_refused() -> None:
    """An invalid enum value is refused, and the error lists the valid ones."""
    error = refused("PutAccountDetails", '{"MailType": "SPAM", "WebsiteURL": "https://a.co"}')
    assert error.code == "BadRequestException"
    assert error.message == (
        "1 validation error detected: Value at 'mailType' failed to satisfy constraint: "
        "Member must satisfy enum value set: [MARKETING, TRANSACTIONAL]"
    )


@pytest.mark.parametrize(
    ("operation", "body", "target", "shown"),
    [
        (
            "CreateConfigurationSet",
            '{"ConfigurationSetName": "a", "DeliveryOptions": {"TlsPolicy": "MAYBE"}}',
            "/v2/email/configuration-sets",
            "Value at 'tlsPolicy'",
        ),
        ("ListSuppressedDestinations", "", "/v2/email/suppression/addresses?Reason=WHIM", "Value at 'reasons'"),
    ],
    ids=["a structure", "a list in the query string"],
)
def test_enum_is_checked_wherever_it_occurs(operation: str, body: str, target: str, shown: str) -> None:
    """An enum is checked wherever it occurs, and the error names the member."""
    assert f"{shown} failed" in refused(operation, body, target).message


@pytest.mark.parametrize("operation", ["PutAccountSendingAttributes", "SendEmail"])
def test_empty_result_is_an_empty_object(operation: str) -> None:
    """A result with no value, or only None, is an empty object."""
    assert encode_result(operation, {"MessageId": None}) == b"{}"


def test_result_has_only_the_members_of_the_model() -> None:
    """A result has only the members of the model, with times as epoch numbers."""
    timestamp = datetime(2024, 1, 2, tzinfo=timezone.utc) + timedelta(milliseconds=125)
    result = {"ContactListName": "all", "CreatedTimestamp": timestamp, "Description": None, "Colour": "red"}
    assert json.loads(encode_result("GetContactList", result)) == {
        "ContactListName": "all",
        "CreatedTimestamp": 1704153600.125,
    }
    answer = parsed(SESV2.operation_model("GetContactList").output_shape, encode_result("GetContactList", result))
    assert answer["CreatedTimestamp"] == timestamp
