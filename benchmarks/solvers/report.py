"""Seconds to each level of error as a table, and whether "auto" is fast enough."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from benchmarks.common.results import Table, number
from benchmarks.solvers.methods import Race

LEVELS = [10.0**-digits for digits in range(1, 16)]
# What "auto" may need of the best method's time, and seconds below the resolution of the clock.
FACTOR, SLACK = 2.0, 0.02


def misses(outcomes: Mapping[str, Race]) -> list[tuple[float, float, str, float]]:
    """(level, seconds of "auto", best method, its seconds) wherever "auto" is too slow."""
    found = []
    for level in LEVELS:
        seconds = {name: outcome.seconds_to(level) for name, outcome in outcomes.items()}
        best = min(seconds, key=seconds.__getitem__)
        if seconds["auto"] > FACTOR * seconds[best] + SLACK:
            found.append((level, seconds["auto"], best, seconds[best]))
    return found


def table(title: str, outcomes: Mapping[str, Race]) -> list[str]:
    """Print the seconds to each level that some method reaches, and the verdict."""
    levels = [x for x in LEVELS if any(o.seconds_to(x) < math.inf for o in outcomes.values())]
    form = "{:<15}" + "{:>8}" * len(levels) + "{:>9}  {}"
    races = Table(form, ("seconds to", *(f"{level:.0e}" for level in levels), "lowest", ""))
    lines = [title, *races.lines(_cells(name, one, levels) for name, one in outcomes.items())]
    missed = misses(outcomes)
    lines.append(f"auto within {FACTOR:g}x of the best at every level: {'no' if missed else 'yes'}")
    return lines + [f"  {a:.0e}: {_text(b)} s, {c} {_text(d)} s" for a, b, c, d in missed]


def _cells(name: str, race: Race, levels: Sequence[float]) -> tuple[str, ...]:
    seconds = (_text(race.seconds_to(level)) for level in levels)
    return name, *seconds, number(race.error, ".1e"), race.stop_reason[:40]


def _text(seconds: float) -> str:
    return f"{seconds:.2g}" if seconds < math.inf else "-"
