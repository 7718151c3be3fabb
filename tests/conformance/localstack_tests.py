"""Runs LocalStack's own tests of SES: ``python tests/conformance/localstack_tests.py CHECKOUT [pytest's options]``.

CHECKOUT is a working copy of https://github.com/localstack/localstack; its folder `tests/aws/services/ses` is enough.
The tests are read from there and run as they are. LocalStack need not be installed: `localstack_fixtures.py` has what
they import and the fixtures that they use. ses_stub answers them inside ``mock_ses_verify(auto_verify=True,
production_access=False)``, as they expect Success immediately and were recorded in the sandbox. moto answers what
ses_stub does not support, and SNS, SQS and S3. A test counts if it calls an operation that ses_stub supports. Tests
marked as LocalStack's alone do not run.

What a test gives to its `snapshot` is compared with LocalStack's recording if that comes from AWS, which is so where
`test_ses.validation.json` names the test. The other recordings show LocalStack itself.

Ends with 1 if a test fails that is not listed below, or if a listed one passes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Iterable, Sequence
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1]))
from conformance.comparison import report
from conformance.localstack_fixtures import Fixtures, install_modules

#: Last run with this commit of LocalStack.
COMMIT = "8b9a79f05846835cf4dff63ab7eefdde9df83783"
MODULE = "tests/aws/services/ses/test_ses.py"
_EVENTS = "right, but beyond ses_stub: expects events of a configuration set; ses_stub publishes nothing to SNS"
_NO_TOPIC = (
    "turns headers in notifications on where there is no topic, never validated on AWS; service model: `can only be set"
    " when NotificationType is already set to use a particular Amazon SNS topic`"
)
_HEADERS = "test_set_identity_headers_in_notifications_enabled_success"
#: What cannot pass, by name, and why.
EXCEPTIONS = {
    "test_cannot_create_event_for_no_topic": "right, but beyond ses_stub: it does not know which SNS topics exist",
    "test_get_identity_verification_attributes_for_domain": "a domain that was never registered is Success; AWS leaves"
    " it out (recorded; the AWS CLI's example says so too). LocalStack marks this test as never passed on AWS",
    "test_ses_sns_topic_integration_send_email": _EVENTS,
    "test_ses_sns_topic_integration_send_templated_email": _EVENTS,
    "test_ses_sns_topic_integration_send_raw_email": _EVENTS,
    "test_sending_to_deleted_topic": _EVENTS,
    **{f"{_HEADERS}[True-{kind}]": _NO_TOPIC for kind in ("Bounce", "Complaint", "Delivery")},
}


class Conformance:
    """A plugin that leaves out LocalStack's own tests, and counts those that call what ses_stub supports."""

    def __init__(self, fixtures: Fixtures) -> None:
        self.passed: set[str] = set()
        self.failed: set[str] = set()
        self._fixtures = fixtures

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leaves out the tests that only LocalStack can pass, as it looks at itself."""
        items[:] = [item for item in items if item.get_closest_marker("aws_only_localstack") is None]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, None, None]:
        """Runs one test, and notes how it ended."""
        error: BaseException | None = None
        try:
            yield
        except (Exception, pytest.fail.Exception) as raised:
            error = raised
            raise
        finally:
            self._note(item.name, error)

    def _note(self, name: str, error: BaseException | None) -> None:
        called = ", ".join(sorted({call.operation for call in self._fixtures.calls}))
        if called:
            (self.passed if error is None else self.failed).add(name)
            detail = called if error is None else str(error).partition("\n")[0]
            print(f"{'passed' if error is None else 'failed'}  {name}: {detail}")


def main(checkout: Path, options: Sequence[str]) -> int:
    """Runs the tests and compares with the list."""
    module = checkout / MODULE
    install_modules()
    fixtures = Fixtures(module)
    found = Conformance(fixtures)
    ours = [f"--rootdir={checkout}", "-c", os.devnull, "--noconftest", "--import-mode=importlib", "-qs", "--no-summary"]
    off: Iterable[str] = (f"-pno:{name}" for name in ("randomly", "cacheprovider", "xdist"))
    code = pytest.main([*ours, *off, "-W", "ignore", *options, str(module)], plugins=[fixtures, found])
    status = report(found.failed, found.passed, EXCEPTIONS, all_ran=not options)
    return status if code in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) else int(code)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1]).resolve(), sys.argv[2:]))
