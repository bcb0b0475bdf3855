"""Error against seconds of every solver from one start, ours and the usual ones, in one run.

    python -m benchmarks.solvers
    python -m benchmarks.solvers --problems composition front --seconds 8 --out some.json

Each method starts from the same network and gets `--seconds` (20); judging on held-out rows stops
the clock. Prints the seconds to each level of the held-out relative L2 error, then whether "auto",
what a fit takes by default, needs at most twice the time of the best method to every
level. Writes JSON with the curves. The exit status is 1 where "auto" needs more.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.common.options import OUTPUT, parser
from benchmarks.common.results import write_json
from benchmarks.solvers import methods, problems
from benchmarks.solvers.report import FACTOR, misses, table


def run(name: str, seconds: float, seed: int) -> dict[str, Any]:
    """Measure every method on a problem and print the table."""
    case = problems.PROBLEMS[name](seed)
    # The best takes all its time at most: given twice that, "auto" is judged at every level.
    limits = {method: seconds * (FACTOR if method == "auto" else 1) for method in methods.METHODS}
    races = {method: methods.measure(method, case, limit) for method, limit in limits.items()}
    about = dict(zip("nkp", (*methods.size(case[0])[:2], len(case[1]))))
    title = f"{name}, {about}, auto is {methods.chosen(case[0])}"
    print(*table(title, races), "", sep="\n", flush=True)
    raced = {method: asdict(race) for method, race in races.items()}
    return {"problem": name, **about, "missed": misses(races), "methods": raced}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark and return the exit status."""
    options = _options(arguments)
    for name in methods.METHODS:  # what is imported at first use shall not count
        methods.measure(name, problems.PROBLEMS[options.problems[0]](options.seed), 0.05)
    records: list[dict[str, Any]] = []
    for name in options.problems:
        records.append(run(name, options.seconds, options.seed))
        write_json(options.out, records, seconds=options.seconds, seed=options.seed)
    return 1 if any(record["missed"] for record in records) else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    asked = parser("solvers", __doc__)
    known = problems.PROBLEMS
    names: dict[str, Any] = {"nargs": "+", "metavar": "NAME", "choices": known, "default": list(known)}
    asked.add_argument("--problems", **names)
    asked.add_argument("--seconds", type=float, default=20.0, help="of each method")
    asked.add_argument("--seed", type=int, default=0, help="of data and first weights")
    asked.add_argument("--out", type=Path, default=OUTPUT / "solvers.json", help="JSON")
    return asked.parse_args(arguments)
