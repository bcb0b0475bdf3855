"""`python -m benchmarks.gaps`."""

import sys

from benchmarks.gaps.command import main

sys.exit(main())
