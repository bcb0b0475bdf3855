"""`python -m benchmarks.limits`."""

import sys

from benchmarks.limits.command import main

sys.exit(main())
