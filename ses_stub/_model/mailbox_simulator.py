"""The addresses of SES's mailbox simulator, and what becomes of a message to one.

AWS: https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html#send-email-simulator
"""

from __future__ import annotations

import re

from .addresses import bare

_ADDRESS = re.compile(r"(success|bounce|ooto|complaint|suppressionlist)(?:\+[^@]*)?@simulator\.amazonses\.com", re.I)


def simulated(address: str) -> str | None:
    """Which of the simulator's addresses it is: ``success``, ``bounce``, …; None if it is none of them."""
    found = _ADDRESS.fullmatch(bare(address))
    return found[1].lower() if found is not None else None


def is_simulated(address: str) -> bool:
    """Whether it is an address of the mailbox simulator."""
    return simulated(address) is not None
