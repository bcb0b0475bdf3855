"""`python -m benchmarks.busy`."""

import sys

from benchmarks.busy.command import main

sys.exit(main())
