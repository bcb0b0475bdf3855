"""When a fit is good enough, and how few rows are too few: what all methods choose by."""

# Errors relative to y at which nothing is trained: networks pay where something is steep, and then
# series do far worse than this (1e-2 on fronts and rings). At 1e-6 on smooth targets they cost a
# minute and gained nothing.
GOOD_ENOUGH = 1e-5
# On a line training takes a second, and may turn 1e-6 into 1e-15.
GOOD_ENOUGH_ON_A_LINE = 1e-10
# Fewer rows than this cannot tell a network from chance.
MIN_ROWS_FOR_NETWORKS = 50
