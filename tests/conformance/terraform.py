"""What Terraform's AWS provider expects of SES, as boto3 calls: ``python tests/conformance/terraform.py [NAME…]``.

Its acceptance tests (hashicorp/terraform-provider-aws, `internal/service/ses` and `internal/service/sesv2`) run against
AWS itself, with random names that nobody ever verifies: what they expect, AWS does. Each function of `terraform_v1`,
`terraform_v2` and `terraform_sets` names the test that it follows, and makes the requests that the provider makes:
creates, reads, updates, destroys. Left out are tests of what the provider does by itself (plans, imports, and the
trailing period, which it refuses), and those that call what ses_stub does not support: receipt rules, email templates,
contact lists, tenants, dedicated IP pools, multi-region endpoints, account-wide suppression and VDM, and the delivery,
suppression, tracking and VDM options of an existing configuration set.

Ends with 1 if a test fails that is not listed below, or if a listed one passes. NAME runs the tests whose name has it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from botocore.exceptions import ClientError

sys.path.append(str(Path(__file__).parents[1]))
# Importing the tests registers them.
from conformance import terraform_sets, terraform_v1, terraform_v2  # noqa: F401
from conformance.comparison import report
from conformance.terraform_provider import ACCOUNT, REGION, TESTS, Provider

from ses_stub import mock_ses_verify

#: Read at this commit (2026-03); tests that it has moved were read at earlier ones.
COMMIT = "303f32de1d128f99e65d274dc8df16b28e339171"
#: What cannot pass, by name, and why.
EXCEPTIONS: dict[str, str] = {}


def main(part: str = "") -> int:
    """Runs the tests whose names have a part, and compares with the list."""
    failed, passed = set(), set()
    for name, test in TESTS.items():
        if part in name:
            try:
                with mock_ses_verify(region=REGION, account_id=ACCOUNT, unsupported="raise") as stub:
                    test(Provider(stub))
            except (AssertionError, ClientError, KeyError) as raised:
                failed.add(name)
                print(f"failed  {name}: {type(raised).__name__} {raised}")
            else:
                passed.add(name)
                print(f"passed  {name}")
    return report(failed, passed, EXCEPTIONS, all_ran=not part)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
