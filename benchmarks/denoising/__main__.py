"""`python -m benchmarks.denoising`."""

import sys

from benchmarks.denoising.command import main

sys.exit(main())
