"""`python -m benchmarks.ablations`."""

import sys

from benchmarks.ablations.command import main

sys.exit(main())
