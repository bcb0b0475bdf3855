"""The vorticity equation's integrator: exact solutions, slow references, conservation laws."""

import numpy as np
import pytest

from skspectral.datasets.vorticity import Modes, VorticityFlow

# 3^2 + 4^2 = 5^2 + 0^2: modes of one shell are in equilibrium with each other, whatever their
# amplitudes, because q = -25 psi makes the Jacobian of psi and q vanish.
SHELL = ((3, 4), (-3, 4), (4, 3), (-4, 3), (0, 5), (5, 0))


def random_vorticity(n, seed=0):
    """Vorticity coefficients of a smooth random field on all retained modes."""
    modes = Modes.of_grid(n)
    field = np.random.default_rng(seed).standard_normal((n, n))
    return modes.kept * np.exp(-modes.square / 8) * modes.to_modes(field) * n


def advance(flow, q_hat, n_steps, end=0.1):
    """Coefficients after equal steps up to time `end`."""
    velocity = flow.velocity(q_hat)
    for _ in range(n_steps):
        q_hat, velocity = flow.step(q_hat, velocity, end / n_steps)
    return q_hat


def product_on_fine_grid(q_hat, n, fine):
    """Coefficients of -(u q_x + v q_y), factor by factor on a grid where no product aliases."""
    k = np.fft.fftfreq(n, 1 / n)
    half = np.arange(n // 2 + 1)
    padded = np.zeros((fine, fine // 2 + 1), dtype=complex)
    padded[k.astype(int)[:, None], half] = q_hat
    K, L = np.fft.fftfreq(fine, 1 / fine)[:, None], np.arange(fine // 2 + 1)[None, :]
    psi = -padded / np.maximum(K**2 + L**2, 1)
    u, v, q_x, q_y = (
        np.fft.irfft2(c, s=(fine, fine), norm="forward")
        for c in (-1j * L * psi, 1j * K * psi, 1j * K * padded, 1j * L * padded)
    )
    product = np.fft.rfft2(-(u * q_x + v * q_y), norm="forward")
    return product[k.astype(int)[:, None], half]


@pytest.mark.parametrize("n", [16, 21])
def test_advection_is_the_dealiased_product(n):
    q_hat = random_vorticity(n)
    flow = VorticityFlow(n, 0.1)
    found = flow.advection(flow.velocity(q_hat))
    expected = flow.modes.kept * product_on_fine_grid(q_hat, n, fine=4 * n)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13 * np.abs(expected).max())


@pytest.mark.parametrize("invariant", ["energy", "enstrophy"])
def test_advection_conserves(invariant):
    q_hat = random_vorticity(32)
    flow = VorticityFlow(32, 0.1)
    factor = {"energy": -flow.modes.inverse_laplacian, "enstrophy": 1.0}[invariant]
    rates = flow.modes.weight * factor * np.conj(q_hat) * flow.advection(flow.velocity(q_hat))
    assert abs(rates.real.sum()) < 1e-13 * np.abs(rates).sum()


@pytest.mark.parametrize("n", [24, 27])
def test_modes_of_one_shell_decay_exactly(n):
    viscosity, end = 0.02, 1.0
    x = 2 * np.pi * np.arange(n) / n
    waves = [np.cos(k * x[:, None] + m * x + k - m) for k, m in SHELL]
    initial = np.tensordot([1.0, -0.4, 0.7, 0.2, -1.1, 0.5], waves, axes=1)
    flow = VorticityFlow(n, viscosity)
    found = flow.modes.to_grid(advance(flow, flow.modes.to_modes(initial), 20, end))
    expected = initial * np.exp(-25 * viscosity * end)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13 * np.abs(initial).max())


def test_taylor_green_vortex():
    """Taylor and Green (1937): u = -cos x sin y, v = sin x cos y, times exp(-2 nu t)."""
    n, viscosity, end = 16, 0.3, 2.0
    x = 2 * np.pi * np.arange(n) / n
    flow = VorticityFlow(n, viscosity)
    q_hat = advance(flow, flow.modes.to_modes(2 * np.outer(np.cos(x), np.cos(x))), 5, end)
    decay = np.exp(-2 * viscosity * end)
    u, v = flow.velocity(q_hat)
    np.testing.assert_allclose(u, -decay * np.outer(np.cos(x), np.sin(x)), rtol=0, atol=1e-14)
    np.testing.assert_allclose(v, decay * np.outer(np.sin(x), np.cos(x)), rtol=0, atol=1e-14)


def test_step_is_of_third_order():
    flow = VorticityFlow(32, 0.05)
    q_hat = random_vorticity(32)
    reference = advance(flow, q_hat, 512)
    errors = [np.abs(advance(flow, q_hat, steps) - reference).max() for steps in (16, 32, 64)]
    orders = np.log2(np.divide(errors[:-1], errors[1:]))
    np.testing.assert_allclose(orders, 3, atol=0.15)


@pytest.mark.parametrize("law", [0, 1], ids=["dE/dt = -2 nu Z", "dZ/dt = -2 nu P"])
def test_decay_law_along_a_step(law):
    """Simpson's rule over two small steps balances the loss: errors of order dt^4."""
    flow = VorticityFlow(32, 0.05)
    states = [advance(flow, random_vorticity(32), 20 * i, 0.001 * i) for i in (1, 2, 3)]
    budgets = np.array([flow.modes.budget(q_hat) for q_hat in states])
    loss = budgets[0, law] - budgets[2, law]
    expected = 2 * 0.05 * 0.001 / 3 * np.dot([1, 4, 1], budgets[:, law + 1])
    np.testing.assert_allclose(loss, expected, rtol=1e-9)


@pytest.mark.parametrize("n", [32, 255, 256])
def test_stable_step_is_within_the_stability_limit(n):
    """A third-order scheme of three stages is stable up to |lambda| dt = sqrt(3)."""
    flow = VorticityFlow(n, 0.1)
    u, v = velocity = flow.velocity(random_vorticity(n))
    fastest = (np.abs(u) + np.abs(v)).max() * np.abs(flow.modes.k * flow.modes.kept).max()
    assert 0.5 < flow.stable_step(velocity) * fastest < np.sqrt(3)


def test_flow_at_rest_stays_at_rest():
    flow = VorticityFlow(16, 0.1)
    rest = np.zeros(flow.modes.kept.shape, dtype=complex)
    assert flow.stable_step(flow.velocity(rest)) == np.inf
    assert not flow.step(rest, flow.velocity(rest), 1.0)[0].any()
