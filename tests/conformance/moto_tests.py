"""Runs moto's own tests against ses_stub: ``python tests/conformance/moto_tests.py CHECKOUT [pytest's options]``.

CHECKOUT is a working copy of https://github.com/getmoto/moto; its tests are read from there and run as they are, inside
``mock_ses_verify(auto_verify=True)``, because tests written for moto expect Success immediately.
moto answers what ses_stub does not support. A test counts if it calls an operation that ses_stub answers. If it would
read moto's own store, ``moto.settings.TEST_SERVER_MODE`` is set for it, so that it does not.

Ends with 1 if a test fails that is not listed below, or if a listed one passes. docs/fidelity.md shows the list.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Generator, Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

sys.path.append(str(Path(__file__).parents[1]))
from conformance.comparison import report

from ses_stub import Call, mock_ses_verify

#: Last run with this commit of moto.
COMMIT = "0af643a5dbfc98797f08ee64f5be3ef8002d56ff"
MODULES = ("tests/test_ses/test_ses.py", "tests/test_ses/test_ses_sns.py", "tests/test_sesv2/test_sesv2.py")
_TEXT = (
    "`Email address not verified …`; the guide, troubleshoot-error-messages: `Email address is not verified. The"
    " following identities failed the check in region …`"
)
_ADDRESS = (
    "`Missing domain` for an address without @; `Missing final '@domain'` is recorded (cloud-custodian issue 885)"
)
_FEEDBACK = (
    "expects a bounce or complaint for an address such as bounce@ the sender's own domain, with moto's sample as its"
    " text; the guide has such addresses at simulator.amazonses.com only. ses_stub publishes nothing to SNS"
)
_DELIVERY = "right that a delivery is reported, but beyond ses_stub: it publishes nothing to SNS"
_SPACES = (
    "expects the white space of a policy as it was given; AWS keeps the document without it (floci pull request 1750,"
    " verified on AWS; all recorded policies are compact)"
)
#: What cannot pass, by module and name, and why.
EXCEPTIONS = {
    "test_ses.py::test_set_identity_mail_from_domain": "expects names in quotes, and no space before `failed to satisfy"
    " constraint`; recorded texts of this operation have `<…>`, those of the validator have the space. Also sets a MAIL"
    " FROM domain of an address that was never registered, which the same test's first error does not allow. That the"
    " domain is verified does not matter: AWS accepts a MAIL FROM domain before (terraform-provider-aws)",
    "test_ses.py::test_get_identity_dkim_attributes": "an identity that was never registered is in the answer; the"
    " AWS CLI's example of this command: `that identity won't appear in the output`. DKIM that nobody asked for is"
    " Success; the same example has `NotStarted`",
    "test_ses.py::test_send_email_notification_with_encoded_sender": "registers `Foo <foo@bar.baz>` as an address; one"
    " with white space is refused (floci pull request 2191, probed with SendCustomVerificationEmail; the text `Invalid"
    " email address<…>.` is recorded of VerifyEmailIdentity)",
    "test_ses.py::test_send_unverified_email_with_chevrons": _TEXT,
    "test_ses.py::test_get_send_statistics": _TEXT,
    "test_ses.py::test_send_email_invalid_address": _ADDRESS,
    "test_ses.py::test_send_raw_email_invalid_address": _ADDRESS,
    "test_ses.py::test_send_templated_email_invalid_address": _ADDRESS,
    "test_ses.py::test_list_configuration_sets_pagination": "a page has 100 configuration sets by default; the"
    " service model: ListConfigurationSets returns up to 1,000 at a time",
    "test_ses.py::test_send_templated_email": "right, but beyond ses_stub: templates are moto's, so a name is taken as"
    " it is and never `TemplateDoesNotExist`",
    "test_ses.py::test_send_bulk_templated_email": "right, but beyond ses_stub: SendBulkTemplatedEmail is moto's, which"
    " does not know the identity",
    "test_ses_sns.py::test_enable_disable_ses_sns_communication": "sets the topic of an identity that was never"
    " registered; recorded of this operation (boto3 issue 2645): `Identity … is invalid. Must be a verified email"
    " address or domain.` The topic is no ARN, as the service model wants it",
    "test_ses_sns.py::test_get_identity_notification_attributes_default_values": "an address that was never registered"
    " is in the answer; AWS leaves it out (floci pull request 1338, verified on AWS)",
    "test_ses_sns.py::test_set_identity_feedback_forwarding_enabled": "turns forwarding off without topics; service"
    " model: `Feedback forwarding can only be disabled when Amazon Simple Notification Service (Amazon SNS) topics are"
    " specified for both bounces and complaints`",
    "test_ses_sns.py::test_sns_feedback_bounce": _FEEDBACK,
    "test_ses_sns.py::test_sns_feedback_complaint": _FEEDBACK,
    "test_ses_sns.py::test_sns_feedback_delivery": _DELIVERY,
    "test_ses_sns.py::test_sns_feedback_delivery_raw_email": _DELIVERY,
    "test_sesv2.py::test_send_raw_email": "counts the recipients in the header beside those that the request names;"
    " guide, send-email-raw: the request's `define the envelope sender and recipients`",
    "test_sesv2.py::test_create_email_identity": "a new domain is not signed and its key has 1024 bits; recorded by"
    " cloud-custodian (test_ses_email_identity_cross_account): `SigningEnabled` true, `RSA_2048_BIT`; so the guide",
    "test_sesv2.py::test_get_email_identity": "names a configuration set that does not exist; AWS refuses it (floci"
    " pull request 1812, probed). DKIM of a domain that was created is NOT_STARTED and off when read;"
    " recorded by cloud-custodian (test_ses_email_identity_cross_account): `PENDING`, `SigningEnabled` true",
    "test_sesv2.py::test_get_email_identity_w_dkim": "a key length of `2048`; the service model has `RSA_1024_BIT` and"
    " `RSA_2048_BIT`",
    "test_sesv2.py::test_delete_email_identity_policy": "deletes a policy that is not there; AWS answers"
    " NotFoundException (floci pull request 1750, verified on AWS)",
    "test_sesv2.py::test_update_email_identity_policy": _SPACES,
    "test_sesv2.py::test_get_email_identity_policies": _SPACES,
    "test_sesv2.py::test_delete_no_email_identity": "deletes an identity that is not there; AWS answers"
    " NotFoundException, as the service model has it (floci pull request 723, verified on AWS)",
}


class Conformance:
    """A plugin that lets ses_stub answer, and counts."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str, str]] = []
        self.passed: set[str] = set()
        self.failed: set[str] = set()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Function) -> Generator[None, None, None]:
        """Runs one test inside a scope."""
        error: BaseException | None = None
        with pytest.MonkeyPatch.context() as patch, mock_ses_verify(auto_verify=True) as ses:
            # The test modules' own name for moto.settings, which itself stays as it is.
            patch.setattr(item.module, "settings", SimpleNamespace(TEST_SERVER_MODE=True), raising=False)
            try:
                yield
            except (Exception, pytest.fail.Exception) as raised:
                error = raised
                raise
            finally:
                self._note(item, ses.calls, error)

    def _note(self, item: pytest.Function, calls: Sequence[Call], error: BaseException | None) -> None:
        if not calls:
            return
        name = f"{item.path.name}::{item.originalname}"
        if error is None:
            self.passed.add(name)
            self.rows.append(("passed", name, ", ".join(sorted({one.operation for one in calls}))))
        else:
            self.failed.add(name)
            frames = [one for one in traceback.extract_tb(error.__traceback__) if one.filename == str(item.path)]
            at = f"line {frames[-1].lineno}: " if frames else ""
            self.rows.append(("failed", name, f"{at}{str(error).partition(chr(10))[0]}"))


def main(checkout: Path, options: Sequence[str]) -> int:
    """Runs the tests and compares with the list."""
    sys.path.insert(0, str(checkout))
    found = Conformance()
    ours = [f"--rootdir={checkout}", "-c", os.devnull, "-q", "--no-summary", "-W", "ignore"]
    off = [f"-pno:{name}" for name in ("randomly", "cacheprovider")]
    modules = [str(checkout / one) for one in MODULES]
    code = pytest.main([*ours, *off, *options, *modules], plugins=[found])
    for row in found.rows:
        print("{:6}  {:76}  {}".format(*row))
    status = report(found.failed, found.passed, EXCEPTIONS, all_ran=not options)
    return status if code in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) else int(code)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1]).resolve(), sys.argv[2:]))
