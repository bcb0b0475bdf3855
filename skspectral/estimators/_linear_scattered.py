"""A linear stage on scattered rows: lattice modes, a ridge shaped by a decaying spectrum."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .._backend.device import threads_for
from .._backend.least_squares import Factorization, factorize
from .._backend.samples import Samples
from ..networks import Expansion, affine_features, fourier_features
from ..spectrum import LatticeRung, scattered_ladders
from ._candidate import Candidate, LinearOptions, climb

# The ridge of mode k is weighted by (1 + |k|^2)^PRIOR: the inverse of a power-law spectrum (a Wiener
# filter). Of {0, 1, 2, 3} on smooth and noisy targets 3 lost least.
PRIOR = 3.0
ALPHAS = [0.0, *(10.0 ** (-29 + 1.5 * i) for i in range(20))]


def fit_scattered(samples: Samples, options: LinearOptions) -> Candidate | None:
    """The best lattice series of the targets, plus a plane."""
    best: _LatticeFit | None = None
    ladders = scattered_ladders(samples.n, samples.d, options.extension, options.max_modes)
    for ladder in ladders:
        top = climb((_LatticeFit(samples, rung, options) for rung in ladder), options.deadline)
        if top is not None and (best is None or top.score < best.score):
            best = top
    return None if best is None else best.candidate()


class _LatticeFit:
    """One rung, fitted, with the ridge of least leave-one-out error."""

    def __init__(self, samples: Samples, rung: LatticeRung, options: LinearOptions) -> None:
        t = samples.t
        self.samples = samples
        self.step = t.new_full((samples.d,), 1 / rung.period)
        vectors = torch.as_tensor(rung.vectors).to(t)
        self.frequencies = vectors * self.step
        weight = (1 + vectors.square().sum(1)).pow(-PRIOR / 2)
        self.prior = torch.cat([t.new_ones(1 + samples.d), weight, weight])
        alphas = ALPHAS if options.alpha is None else [options.alpha]
        with threads_for(2.0 * samples.n * rung.n_columns**2):
            self.solved = self._factorize(rung.n_columns)
            scores, errors = self.solved.leave_one_out(alphas)
        chosen = int(scores.argmin())
        self.alpha = alphas[chosen]
        self.score, self.error = math.sqrt(scores[chosen]), math.sqrt(errors[chosen])

    def _factorize(self, n_columns: int) -> Factorization:
        # Locals, not self: a cycle would hold the tensors on a GPU until the next collection.
        t, root = self.samples.t, self.samples.root_weight
        frequencies, prior = self.frequencies, self.prior

        def rows(block: slice) -> Tensor:
            features = [affine_features(t[block]), fourier_features(t[block], frequencies)]
            return torch.cat(features, 1) * prior * root[block]

        return factorize(rows, self.samples.y * root, n_columns)

    def candidate(self) -> Candidate:
        """The series as modes."""
        coefficients = self.solved.solve(self.alpha) * self.prior[:, None]
        m, a = len(self.frequencies), 1 + self.samples.d
        affine, cosine, sine = coefficients.split([a, m, m])
        expansion = Expansion(affine, self.frequencies, cosine, sine, self.step)
        rank = self.solved.effective_rank(self.alpha)
        return Candidate(expansion, self.score, self.error, rank)
