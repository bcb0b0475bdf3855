"""Measure what the documentation and the README show, and draw their tables anew.

    python -m benchmarks.published                      # accuracy alone: about ten minutes on two cores
    python -m benchmarks.published multigrade trust     # others; tuner takes hours
    python -m benchmarks.published --tables             # measure nothing, draw the README's table

Results are kept in docs/results, one file a benchmark, with date, commit and machine. The site draws
its tables from them when it is built; the README's table is drawn by this command.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.common.options import parser
from benchmarks.published import tables
from benchmarks.published.runs import RUNS

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, keep, and draw."""
    options = _options(arguments)
    kept, readme = options.root / "docs" / "results", options.root / "README.md"
    for name in [] if options.tables else options.names or ["accuracy"]:
        with tempfile.TemporaryDirectory() as scratch:
            data = RUNS[name].measure(Path(scratch))
        kept.mkdir(parents=True, exist_ok=True)
        (kept / f"{name}.json").write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    accuracy = tables.read(kept / "accuracy.json")
    if accuracy is not None:
        text = tables.readme(readme.read_text(encoding="utf-8"), accuracy)
        readme.write_text(text, encoding="utf-8")
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    asked = parser("published", __doc__)
    asked.add_argument("names", nargs="*", choices=[[], *RUNS], metavar="NAME", help=", ".join(RUNS))
    asked.add_argument("--tables", action="store_true", help="draw the README's table, measure nothing")
    asked.add_argument("--root", type=Path, default=ROOT, help="of the checkout to write into")
    return asked.parse_args(arguments)
