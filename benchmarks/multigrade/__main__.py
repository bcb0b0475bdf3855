"""`python -m benchmarks.multigrade`."""

import sys

from benchmarks.multigrade.command import main

sys.exit(main())
