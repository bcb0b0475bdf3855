"""Readouts whose errors are known: white noise, and functions that the rows cannot see."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from skspectral._backend.samples import Samples
from skspectral.selection import expected_error, fit_readout, fit_wide_readout, look_at

SIGMA = 0.3


def rows_of(t, y):
    t, y = torch.as_tensor(t), torch.as_tensor(y)
    return Samples(t, y.reshape(len(t), -1), torch.full((len(t),), 1 / len(t), dtype=torch.float64))


def design_of(samples):
    return look_at(samples.t, torch.Generator().manual_seed(0))


def monomials(degree):
    """All products of powers of two coordinates up to a total degree."""

    def features(t):
        powers = [(i, j) for i in range(degree + 1) for j in range(degree + 1 - i)]
        return torch.stack([t[:, 0] ** i * t[:, 1] ** j for i, j in powers], 1)

    return features


def plane_with_noise(rng, n):
    t = rng.uniform(-1, 1, (n, 2))
    return rows_of(t, t @ [1.0, -2.0] + SIGMA * rng.standard_normal(n))


@pytest.mark.parametrize("fit", ["svd", "qr"])
def test_error_of_noise_is_that_of_new_noisy_values(fit, rng):
    """The mean over draws is about sigma^2 (1 + q / n), and known to 2 % from 4000 rows."""
    samples = plane_with_noise(rng, 4000)
    design, features = design_of(samples), monomials(3)
    solvers = {
        "svd": lambda: fit_readout(features, samples, design, [0.0]),
        "qr": lambda: fit_wide_readout(features, samples, design, [1e-28]),
    }
    readout = solvers[fit]()
    assert readout.left_out == pytest.approx(SIGMA * np.sqrt(1 + 10 / 4000), rel=0.05)
    assert readout.white == pytest.approx(SIGMA, rel=0.05)


@pytest.mark.parametrize("alpha", [1e-8, 1e-4, 1e-1])
def test_a_ridge_is_the_same_however_it_is_solved(alpha, rng):
    """The ridge is relative to the square of the largest singular value."""
    samples = rows_of(rng.uniform(-1, 1, (300, 2)), rng.standard_normal(300))
    narrow, wide = (
        fit(monomials(8), samples, design_of(samples), [alpha]).coefficients
        for fit in (fit_readout, fit_wide_readout)
    )
    assert float((narrow - wide).norm()) < 1e-6 * float(narrow.norm())


def test_the_ridge_of_least_error_is_kept(rng):
    samples = rows_of(rng.uniform(-1, 1, (200, 2)), rng.standard_normal(200))
    fits = [fit_readout(monomials(9), samples, design_of(samples), [alpha]) for alpha in (0.0, 1e-3, 1e3)]
    best = fit_readout(monomials(9), samples, design_of(samples), [0.0, 1e-3, 1e3])
    assert best.score == min(fit.score for fit in fits)


def test_what_lies_between_planes_is_missed_in_the_error(rng):
    """sin(pi z) vanishes on all planes, and with it what single rows left out would tell."""
    t = rng.uniform(-1, 1, (1500, 2))
    t[:, 1] = np.linspace(-1, 1, 6)[rng.integers(0, 6, 1500)]
    samples = rows_of(t, np.sin(3 * t[:, 0]) * np.exp(2.5 * t[:, 1] ** 2))
    readout = fit_readout(monomials(12), samples, design_of(samples), [1e-20])
    probes = torch.tensor(rng.uniform(-1, 1, (4000, 2)))
    missed = monomials(12)(probes) @ readout.coefficients
    truth = torch.sin(3 * probes[:, :1]) * torch.exp(2.5 * probes[:, 1:] ** 2)
    error = float((missed - truth).square().mean().sqrt())
    single = fit_readout(monomials(12), samples, replace(design_of(samples), grouped=False), [1e-20])
    assert error / 10 < readout.left_out < 10 * error
    assert single.score < error / 100


def test_rows_of_leverage_one_are_checked_by_rows_set_aside(rng):
    """A column for each of 30 rows that stand out: each is met exactly, and leaves no residual."""
    t = rng.uniform(-1, 1, (300, 4))
    peaks = torch.tensor(t[:30])

    def features(t):
        return torch.cat([torch.ones_like(t[:, :1]), (torch.cdist(t, peaks) == 0).double()], 1)

    y = np.concatenate([10 * rng.standard_normal(30), 0.01 * rng.standard_normal(270)])
    samples = rows_of(t, y)
    design = design_of(samples)
    assert bool(design.aside[:30].any())
    readout = fit_readout(features, samples, design, [0.0])
    assert expected_error(features, samples, design, readout) > 1.0
