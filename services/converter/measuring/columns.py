"""A table that fills from left to right and never has more than twice the columns that are wanted.

How long a file is shows at its end. When the table is full, neighbours are joined and each column stands
for twice the time: memory is that of a picture, whatever the length.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Table = npt.NDArray[np.float32]


class Columns:
    """``join`` makes one row of two neighbouring ones (rows stand for moments)."""

    def __init__(self, wanted: int, join: Callable[[Table, Table], Table]) -> None:
        self._most = 2 * wanted
        self._join = join
        self._done: list[Table] = []
        self._count = 0
        self._open: Table | None = None
        self.span = 1
        """How many of what was pushed each column stands for."""

    def push(self, rows: Table) -> None:
        """Add more, one row each."""
        joined = rows if self._open is None else np.concatenate([self._open, rows])
        whole = len(joined) // self.span * self.span
        self._open = joined[whole:]
        self._add(self._folded(joined[:whole], self.span))
        while self._count > self._most:
            table = np.concatenate(self._done)
            even = len(table) // 2 * 2
            left = self._spread(table[even:])
            self._open = np.concatenate([left, self._open])
            self._done, self._count = [], 0
            self.span *= 2
            self._add(self._join(table[:even:2], table[1:even:2]))

    def table(self) -> Table:
        """All columns, one row each; the last may stand for less time."""
        parts = list(self._done)
        if self._open is not None and len(self._open):
            row = self._open[:1]
            for other in range(1, len(self._open)):
                row = self._join(row, self._open[other : other + 1])
            parts.append(row)
        return np.concatenate(parts) if parts else np.empty((0, 0), np.float32)

    def _add(self, rows: Table) -> None:
        if len(rows):
            self._done.append(rows)
            self._count += len(rows)

    def _spread(self, rows: Table) -> Table:
        """A column taken apart again: joined, its rows are the same."""
        return np.repeat(rows, self.span, axis=0)

    def _folded(self, rows: Table, span: int) -> Table:
        while span > 1:
            rows, span = self._join(rows[::2], rows[1::2]), span // 2
        return rows


def mean(left: Table, right: Table) -> Table:
    """For powers."""
    return ((left + right) / 2).astype(np.float32)


def extremes(left: Table, right: Table) -> Table:
    """For pairs of lowest and highest."""
    return np.stack([np.minimum(left[:, 0], right[:, 0]), np.maximum(left[:, 1], right[:, 1])], axis=1)
