"""`python -m benchmarks.agreement`."""

import sys

from benchmarks.agreement.command import main

sys.exit(main())
