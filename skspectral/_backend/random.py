"""A generator of our own from scikit-learn's random_state; no global generator is touched."""

from __future__ import annotations

import numpy as np
import torch


def own_generator(random_state: int | np.random.RandomState | None) -> torch.Generator:
    """A CPU generator: drawing there gives every device the same numbers.

    None draws fresh entropy from the operating system, not from NumPy's global generator.
    """
    if random_state is None:
        seed = int(np.random.SeedSequence().generate_state(1)[0])
    elif isinstance(random_state, np.random.RandomState):
        seed = int(random_state.randint(2**31 - 1))
    else:
        seed = int(random_state)
    return torch.Generator().manual_seed(seed)
