"""Maps of a set of mapped cosines, and its ridge: what is tried before the set grows, and when it does not.

A map is made for an accuracy: for few digits it resolves most with few functions, and is refined as the set
grows (`linalg.mapped_cosines`).
"""

from __future__ import annotations

import math
from dataclasses import replace

from ..selection import WORTH_TWICE, WORTHWHILE
from ..spectrum import GROWTH
from .mapped_judge import Judge
from .mapped_trial import MAP_STEP, Trial, is_cheap, is_small


def with_best_map(judge: Judge, best: Trial, before: Trial) -> Trial:
    """With a map that is as fine as larger sets ask for.

    Steps are as long as it would take to a tenth of what is left, and never back where one has led
    beyond the best map. This takes half of the time of steps of one length that end when one fails.
    A fit that promises less than half of a step of growth is not made: such fits took nearly half of
    the time of a smooth function on 6,000 rows, and its error stayed the same.
    """
    if not follows_slope(judge, best):
        return remapped(judge, best, before, MAP_STEP)
    if judge.enough(best):  # its slope would take as many sums over the rows as another fit
        return best
    step, sign = -math.log(MAP_STEP), math.copysign(1.0, best.slope)
    while not judge.enough(best) and sign * best.slope > 0:
        slope = abs(best.slope)
        length = min(max(math.log(10) / slope, step / 2), step)
        accuracy = best.shape.accuracy * math.exp(-sign * length)
        if not (math.exp(-length * slope) < 1 / math.sqrt(GROWTH) and accuracy <= MAP_STEP):
            break
        trial = judge.fit(replace(best.shape, accuracy=accuracy), before)
        if not judge.lower(trial, best):
            break
        best = trial
    return best


def remapped(judge: Judge, best: Trial, before: Trial, ratio: float) -> Trial:
    """Maps that are made for more digits, or for fewer, as long as they do better."""
    share = WORTH_TWICE if judge.is_full(best) else WORTHWHILE
    while (accuracy := ratio * best.shape.accuracy) < 1 and not judge.at_rounding(best):
        trial = judge.fit(replace(best.shape, accuracy=accuracy), before)
        if not judge.lower(trial, best, share):
            break
        best = trial
    return best


def finer(judge: Judge, best: Trial) -> Trial:
    """Maps for more digits."""
    return remapped(judge, best, best, MAP_STEP)


def coarser(judge: Judge, best: Trial) -> Trial:
    """Maps for fewer digits."""
    return remapped(judge, best, best, 1 / MAP_STEP)


def damped(judge: Judge, best: Trial) -> Trial:
    """The ridge for the noise that was found, for this set and for larger ones."""
    for growth in (1.0, GROWTH):
        while not judge.at_rounding(best) and is_cheap(best):
            shape = replace(best.shape, bound=int(growth * best.count))
            trial = judge.fit(shape, best, best.fit.noise)
            if not judge.lower(trial, best):
                break
            best = trial
    return best


def follows_slope(judge: Judge, trial: Trial) -> bool:
    """Whether the slope of what is left shows where to go, or steps of one length are tried.

    They are where they take no time, as long as little is resolved; and where there are hardly more
    rows than functions, what is left of them says nothing.
    """
    return judge.samples.d > 1 and not (is_small(trial) or judge.is_full(trial))
