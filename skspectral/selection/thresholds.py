"""When a fit is better, when it is good enough, and how few rows are too few.

All methods choose by these. They replaced 21 thresholds of single files: on small exact fits nothing was
lost, and most of those, moved by a factor of three or ten, had changed nothing.
"""

import torch

# A larger fit must lower the error to this share. Where that is mostly noise a small part of it decides:
# at 0.98 Franke's function in noise is met half as well.
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
