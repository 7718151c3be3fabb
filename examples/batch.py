"""The status of many identities: 100 per request, one request per second, as SES allows.

``python examples/batch.py`` reads the status of 250 identities. `statuses` is the part that an application would have;
the rest shows that it is never throttled.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import boto3
from botocore.config import Config

from ses_stub import VirtualClock, mock_ses_verify

PER_REQUEST = 100
PER_SECOND = 1.0


def statuses(client: Any, identities: Sequence[str], sleep: Callable[[float], object] = time.sleep) -> dict[str, str]:
    """The status of each identity that SES knows."""
    found = {}
    for number, names in enumerate(chunks(identities, PER_REQUEST)):
        if number:
            sleep(1 / PER_SECOND)
        answer = client.get_identity_verification_attributes(Identities=names)
        for name, attributes in answer["VerificationAttributes"].items():
            found[name] = attributes["VerificationStatus"]
    return found


def chunks(identities: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """The identities in pieces of at most ``size``."""
    for start in range(0, len(identities), size):
        yield identities[start : start + size]


def main() -> None:
    """Reads the status of 250 identities, of which SES knows 240."""
    names = [f"user{number}@example.com" for number in range(250)]
    # Without retries, a throttled request fails.
    once = Config(retries={"total_max_attempts": 1, "mode": "standard"})
    with mock_ses_verify(region="us-east-1", identities=names[:240], clock=VirtualClock()) as ses:
        client = boto3.client("ses", region_name="us-east-1", config=once)
        found = statuses(client, names, sleep=ses.clock.sleep)
        print(f"{len(names)} identities requested, {len(found)} known, all {' '.join(set(found.values()))}")
        ses.assert_max_rate(PER_SECOND)
        for call in ses.calls:
            print(f"{call.at:%H:%M:%S} {call.operation}, {len(call.params['Identities'])} identities")
        print(ses.report())


if __name__ == "__main__":
    main()
