"""The addresses of SES's mailbox simulator.

AWS: https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html#send-email-simulator
"""

from __future__ import annotations

import re

from .addresses import bare

_ADDRESS = re.compile(r"(success|bounce|ooto|complaint|suppressionlist)(?:\+[^@]*)?@simulator\.amazonses\.com", re.I)


def simulated(address: str) -> str | None:
    """The name of a simulator's address: ``success``, ``bounce``, …; None for another address."""
    found = _ADDRESS.fullmatch(bare(address))
    return found[1].lower() if found is not None else None


def is_simulated(address: str) -> bool:
    """Whether an address belongs to the mailbox simulator."""
    return simulated(address) is not None
