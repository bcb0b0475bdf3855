"""What factorizations raise, under a name that torch's type hints export."""

from __future__ import annotations

import torch

LinAlgError: type[RuntimeError] = vars(torch.linalg)["LinAlgError"]
