"""What happened, in order: data, a table and a picture."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from .._service.service import Service
from .timeline_rows import NOTHING, Row, make_rows
from .timeline_svg import Picture
from .timeline_table import make_table


@dataclass(frozen=True, repr=False)
class Timeline:
    """What happened in a scope, in order. ``str()`` makes a table of it, `svg` a picture.

    Attributes:
        rows: all calls, changes of status and waits.

    """

    rows: tuple[Row, ...]

    def __repr__(self) -> str:
        kinds = Counter(row.kind for row in self.rows)
        return f"<Timeline: {kinds['call']} calls, {kinds['change']} changes, {kinds['wait']} waits>"

    def __str__(self) -> str:
        return make_table(self.rows) if self.rows else NOTHING

    def svg(self) -> str:
        """A picture, as an SVG document: identities are bars, calls are marks."""
        return Picture(self.rows).draw()


def make_timeline(service: Service) -> Timeline:
    """The timeline of a scope so far."""
    return Timeline(tuple(make_rows(service)))
