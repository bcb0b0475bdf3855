"""`python -m benchmarks.solvers`."""

import sys

from benchmarks.solvers.command import main

sys.exit(main())
