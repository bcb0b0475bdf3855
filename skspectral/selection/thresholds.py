"""When a fit is better, when it is good enough, and how few rows are too few: for all methods alike."""

import torch

# A larger fit must lower the error to this share. Where the error is mostly noise, a small part of it
# decides: at 0.98 the error of `franke_noisy` (benchmarks.accuracy) rises from 1.1e-2 to 2.0e-2.
IMPROVEMENT = 0.999
# A search goes on, and stages are added, while errors fall to this share.
WORTHWHILE = 0.98
# Errors relative to the targets at which nothing is left to gain: ten roundings.
ROUNDING = 10 * torch.finfo(torch.float64).eps
# Errors relative to the targets at which nothing more is searched for.
SETTLED = 1e-10
# Errors relative to y at which no network is trained beside a series in two inputs and more: networks pay
# where something is steep, and then series do far worse than this (1e-2 on fronts and rings). At 1e-6 on
# smooth targets they cost a minute and gained nothing. On a line training takes a second, and may turn
# 1e-6 into 1e-15: there it is SETTLED.
GOOD_ENOUGH = 1e-5
# Fewer rows than this cannot tell a network from chance.
MIN_ROWS_FOR_NETWORKS = 50
