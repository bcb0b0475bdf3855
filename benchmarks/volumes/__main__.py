"""`python -m benchmarks.volumes`."""

import sys

from benchmarks.volumes.command import main

sys.exit(main())
