"""What may be the reason of a test's failure, and is not seen in its timeline."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ._clock import SECOND
from ._endless import UNSEEN
from ._unmet import in_vain
from ._words import seconds

if TYPE_CHECKING:
    from ._stub import SESStub


def hints(stub: SESStub) -> Iterator[str]:
    """A sentence or two for each."""
    service = stub._service
    yield from in_vain(service)
    if service.watchdog.unseen:
        yield f"clock.sleep() moved the stub's time by {seconds(service.watchdog.unseen / SECOND)}. {UNSEEN}"
    regions = sorted({call.region for call in service.calls})
    if regions and stub.region not in regions:
        yield (
            f"no call went to {stub.region}, where this handle looks, but to {' and '.join(regions)}:"
            f" use view(region={regions[0]!r}), or the option region={regions[0]!r}."
        )
