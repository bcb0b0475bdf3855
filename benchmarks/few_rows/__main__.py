"""`python -m benchmarks.few_rows`."""

import sys

from benchmarks.few_rows.command import main

sys.exit(main())
