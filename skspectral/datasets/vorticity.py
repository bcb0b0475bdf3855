"""The two-dimensional vorticity equation on the periodic square [0, 2 pi)^2, pseudo-spectrally.

    dq/dt + u dq/dx + v dq/dy = nu laplacian(q)

Notation: psi stream function, q = laplacian(psi) vorticity, (u, v) = (-dpsi/dy, dpsi/dx)
velocity, q(x, y) = sum q_hat exp(i (k x + l y)). Axis 0 of every field is x, axis 1 is y; only
l >= 0 is stored, as in ``scipy.fft.rfft2``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.fft import irfft2, rfft2


@dataclass(frozen=True)
class Modes:
    """Wavenumbers of the real transform of an (n, n) field, and what follows from them."""

    n: int
    k: np.ndarray  # along x, shape: (n, 1)
    l: np.ndarray  # along y, shape: (1, n // 2 + 1)  # noqa: E741
    square: np.ndarray  # k^2 + l^2, shape: (n, n // 2 + 1), like all below
    kept: np.ndarray  # True where dealiased; the mean is left out
    weight: np.ndarray  # modes of the full plane that a stored one represents, shape (1, ...)
    inverse_laplacian: np.ndarray  # from vorticity to stream function, 0 where not kept

    @classmethod
    def of_grid(cls, n: int) -> Modes:
        """Modes of an n x n grid, kept where |k|, |l| < n / 3 (Orszag's two-thirds rule)."""
        k = np.fft.fftfreq(n, 1.0 / n)[:, None]
        l = np.fft.rfftfreq(n, 1.0 / n)[None, :]  # noqa: E741
        square = k**2 + l**2
        kept = (3 * np.abs(k) < n) & (3 * l < n) & (square > 0)
        inverse = -np.divide(1.0, square, out=np.zeros_like(square), where=kept)
        return cls(n, k, l, square, kept, np.where(l > 0, 2.0, 1.0), inverse)

    def to_grid(
        self,
        coefficients: np.ndarray,  # shape: (..., n, n // 2 + 1)
    ) -> np.ndarray:
        """Field values on the grid, shape (..., n, n)."""
        field: np.ndarray = irfft2(coefficients, s=(self.n, self.n), norm="forward")
        return field

    def to_modes(
        self,
        field: np.ndarray,  # shape: (..., n, n)
    ) -> np.ndarray:
        """Coefficients of a field, shape (..., n, n // 2 + 1)."""
        coefficients: np.ndarray = rfft2(field, norm="forward")
        return coefficients

    def budget(self, q_hat: np.ndarray) -> tuple[float, float, float]:
        """Energy, enstrophy and palinstrophy: half the means of |u|^2, q^2 and |grad q|^2."""
        density = 0.5 * self.weight * np.abs(q_hat) ** 2
        energy = -np.sum(density * self.inverse_laplacian)
        return float(energy), float(np.sum(density)), float(np.sum(density * self.square))


class VorticityFlow:
    """A decaying flow, advanced by its vorticity coefficients.

    Parameters
    ----------
    n : int
        Grid points per axis.
    viscosity : float
        Kinematic viscosity nu.
    """

    def __init__(self, n: int, viscosity: float) -> None:
        modes = self.modes = Modes.of_grid(n)
        self.viscosity = viscosity
        i_psi = 1j * modes.inverse_laplacian
        self._velocity = np.stack([-modes.l * i_psi, modes.k * i_psi])
        self._products = modes.kept * np.stack([modes.k * modes.l, modes.k**2 - modes.l**2])

    def velocity(self, q_hat: np.ndarray) -> np.ndarray:
        """Velocity on the grid, shape (2, n, n)."""
        return self.modes.to_grid(self._velocity * q_hat)

    def advection(self, velocity: np.ndarray) -> np.ndarray:
        """Coefficients of -(u dq/dx + v dq/dy), dealiased.

        Basdevant (1983), J. Comput. Phys. 50:209: without divergence the advection is
        d2/dxdy (v^2 - u^2) + (d2/dx2 - d2/dy2) (u v), which needs four transforms, not five.
        """
        u, v = velocity
        products = self.modes.to_modes(np.stack([(v - u) * (v + u), u * v]))
        advection: np.ndarray = (self._products * products).sum(axis=0)
        return advection

    def stable_step(self, velocity: np.ndarray, courant: float = 0.6) -> float:
        """Time step of a Courant number, in cells of the grid; infinite for a flow at rest.

        Courant, Friedrichs and Lewy (1928), Math. Ann. 100:32. Third-order Runge-Kutta schemes of three
        stages are stable up to |lambda| dt = sqrt(3) on the imaginary axis, and the fastest retained
        wave has |lambda| <= max(|u| + |v|) n / 3: the limit is 3 sqrt(3) / (2 pi) = 0.83 cells a step.
        """
        speed = float(np.max(np.abs(velocity[0]) + np.abs(velocity[1])))
        return courant * 2 * np.pi / (self.modes.n * speed) if speed > 0 else np.inf

    def step(
        self,
        q_hat: np.ndarray,
        velocity: np.ndarray,  # that of q_hat, shape: (2, n, n)
        dt: float,
    ) -> tuple[np.ndarray, np.ndarray]:
        """State one Runge-Kutta step later; viscosity enters by its exact factor.

        Williamson (1980), J. Comput. Phys. 35:48: the third-order scheme with two registers and abscissae
        0, 1/3, 3/4, 1. The abscissae never decrease, so the viscous factor of a substep is at most one.
        """
        # The coefficients of the slope so far and of the new state, and the substep in twelfths.
        scheme = ((0.0, 1 / 3, 4), (-5 / 9, 15 / 16, 5), (-153 / 128, 8 / 15, 3))
        decay = np.exp(-self.viscosity * self.modes.square * (dt / 12))
        slope = np.zeros_like(q_hat)
        for carry, gain, twelfths in scheme:
            factor = decay**twelfths
            slope = carry * slope + dt * self.advection(velocity)
            q_hat, slope = factor * (q_hat + gain * slope), factor * slope
            velocity = self.velocity(q_hat)
        return q_hat, velocity
