"""`python -m benchmarks.tuner`."""

import sys

from benchmarks.tuner.command import main

sys.exit(main())
