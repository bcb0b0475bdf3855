"""When a fit is better, when it is good enough, and what is trusted: for all methods alike."""

from __future__ import annotations

import math

from .._backend.device import ROUNDING as ROUNDING

# A larger fit must lower the error to this share. Where the error is mostly noise, a small part of it
# decides: at 0.98 the error of `franke_noisy` (benchmarks.accuracy) rises from 1.1e-2 to 2.0e-2.
IMPROVEMENT = 0.999
# A search goes on, and stages are added, while errors fall to this share.
WORTHWHILE = 0.98
# A round that costs as much as all before, or more, must lower the error to this share: twice the steps of
# nets that are screened, a wider layer, a much larger series. At kinks few of them do.
WORTH_TWICE = 0.5
# Trials in a row without a gain before a search is given up: draws of units, and rungs of a ladder, where
# errors of even and odd functions fall at every second one only.
MAX_IDLE_TRIALS = 5
# Errors relative to the targets at which nothing more is searched for. At 1.7e-10, which is two thirds of
# the digits, `stripes` (benchmarks.accuracy) ends at 2.4e-10 instead of 2.0e-12.
SETTLED = 1e-10
# Errors relative to y at which no network is trained beside a series in two inputs and more: networks pay
# where something is steep, and then series do far worse than this (1e-2 on fronts and rings). At 1e-6 on
# smooth targets they cost a minute and gained nothing. On a line training takes a second, and may turn
# 1e-6 into 1e-15: there it is SETTLED, which has twice the digits.
GOOD_ENOUGH = math.sqrt(SETTLED)
# Errors relative to the targets at which little is explained: those that are not worth twice the mean. This
# much is reported where nothing supports a fit. Larger errors are warned of, and ladders are searched to
# their end while errors are larger, because those of oscillating targets fall late.
UNKNOWN = WORTH_TWICE
# Reported errors are within this factor of the true ones (benchmarks.trust finds 19 of 20 fits so). Fits
# that differ by more contradict each other, and an error of its inverse may be as large as y.
TRUST = 10.0
# Standard deviations by which statistics differ by more than chance: one in 2000 does. The best of many
# looks better than it is, and fits are judged many times: at 2 one residual in 20 is taken for structure.
DEVIATIONS = 3.5
# Rows for each parameter of a net, or column of a readout, at least, when the choice is ours. Of 54 fits of
# fronts, rings, tables and smooth targets in 1 to 5 inputs (60 to 1000 rows), 2 instead of 4 lowers nine
# held-out errors 160 to 80,000 times and raises none more than 3.5 times; 1 lowers three more, 8 to 370
# times, raises one 4 times and takes up to twice the time. Of 21 series on scattered rows, 1.1
# instead wins 0.1 digits in twice the time.
ROWS_PER_PARAMETER = 2
