"""The history of a fit: kept as one array, read as rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .._backend.recorder import Recorder


@dataclass(frozen=True)
class History:
    """What a recorder has kept; an array is many times smaller in files than dictionaries are."""

    table: np.ndarray  # of `ROW`
    names: tuple[str, ...]

    @classmethod
    def of(cls, recorder: Recorder) -> History:
        """So far."""
        return cls(*recorder.table())

    def after(self, earlier: History) -> History:
        """With the rows of an earlier fit before it."""
        names = tuple(dict.fromkeys(earlier.names + self.names))
        table = self.table.copy()
        table["name"] = [names.index(self.names[i]) for i in table["name"]]
        return History(np.concatenate([earlier.table, table]), names)

    def rows(self) -> list[dict[str, Any]]:
        """One dictionary for each row, of plain numbers and strings."""
        columns = self.table.dtype.names or ()
        rows = [dict(zip(columns, row)) for row in self.table.tolist()]
        return [{**row, "name": self.names[row["name"]]} for row in rows]
