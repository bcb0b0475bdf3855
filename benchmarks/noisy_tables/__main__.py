"""`python -m benchmarks.noisy_tables`."""

import sys

from benchmarks.noisy_tables.command import main

sys.exit(main())
