"""`python -m benchmarks.trust`."""

import sys

from benchmarks.trust.command import main

sys.exit(main())
