"""Snapshots of two-dimensional decaying isotropic turbulence."""

from __future__ import annotations

import numpy as np
from sklearn.utils import Bunch, check_random_state

from .checks import check_count, check_finite, check_positive
from .vorticity import Modes, VorticityFlow


def make_turbulence(
    n: int = 256,
    *,
    reynolds: float = 100.0,
    time: float = 3.0,
    random_state: int | np.random.RandomState | None = None,
) -> Bunch:
    """Make a snapshot of two-dimensional decaying isotropic turbulence.

    The vorticity equation on the periodic square [0, 2 pi)^2 is solved from a random broad-band
    initial state, as in [1]_: energy in the shell of wavenumber k proportional to
    ``k / (1 + (k / 6)^4)``, uniform random phases, kinetic energy 0.5, hence root mean square speed
    1. The method is pseudo-spectral with the two-thirds rule and third-order Runge-Kutta steps of
    CFL size. The damping is plain viscosity, integrated exactly: energy and enstrophy decay by
    known laws.

    With the defaults the snapshot is resolved to rounding: at the largest retained wavenumber the
    coefficients of the stream function are below 1e-12 of the largest one. A larger `reynolds` or
    a shorter `time` leaves more energy in small scales and needs a larger `n`.

    Parameters
    ----------
    n : int, default=256
        Grid points per axis, at least 8. With n >= 97 the initial state is the same function for
        every n; smaller grids drop the modes that they cannot carry.
    reynolds : float, default=100.0
        Reynolds number at unit speed and unit length: the viscosity is ``1 / reynolds``. With the
        side of the square as the length it is 2 pi times as large.
    time : float, default=3.0
        Time of the snapshot, in units of length over root mean square initial speed.
    random_state : int, RandomState instance or None, default=None
        Seed of the initial phases.

    Returns
    -------
    snapshot : :class:`~sklearn.utils.Bunch`
        With the attributes

        stream_function : ndarray of shape (n, n)
            psi, of mean zero. Axis 0 is x, axis 1 is y.
        vorticity : ndarray of shape (n, n)
            Laplacian of psi; the velocity is (-dpsi/dy, dpsi/dx).
        X : ndarray of shape (n * n, 2)
            Points (x, y) of the grid, in the order of ``stream_function.ravel()``.
        x : ndarray of shape (n,)
            The axis, the same for x and y: multiples of 2 pi / n from 0.
        time, viscosity : float
            As given, and as derived from `reynolds`.
        history : :class:`~sklearn.utils.Bunch`
            ``time``, ``energy``, ``enstrophy``, ``palinstrophy``, each of shape (n_steps + 1,):
            half the means of \\|velocity\\|^2, vorticity^2 and \\|grad vorticity\\|^2. They obey
            d energy/dt = -2 viscosity enstrophy and d enstrophy/dt = -2 viscosity palinstrophy.

    Raises
    ------
    TypeError, ValueError
        If a parameter has the wrong type or is out of range.

    References
    ----------
    .. [1] McWilliams, J. C. (1984). The emergence of isolated coherent vortices in turbulent flow.
       Journal of Fluid Mechanics, 146, 21-43.

    Examples
    --------
    >>> from skspectral.datasets import make_turbulence
    >>> flow = make_turbulence(32, reynolds=50, time=0.5, random_state=0)
    >>> flow.stream_function.shape, flow.X.shape
    ((32, 32), (1024, 2))
    >>> bool(flow.history.energy[-1] < flow.history.energy[0])
    True
    """
    n, time = check_count(n, "n", minimum=8), check_finite(time, "time", min_val=0)
    flow = VorticityFlow(n, 1.0 / check_positive(reynolds, "reynolds"))
    q_hat, history = _decay(flow, _initial_vorticity(flow.modes, random_state), time)
    x = 2 * np.pi * np.arange(n) / n
    return Bunch(
        stream_function=flow.modes.to_grid(flow.modes.inverse_laplacian * q_hat),
        vorticity=flow.modes.to_grid(q_hat),
        X=np.stack(np.meshgrid(x, x, indexing="ij"), axis=-1).reshape(-1, 2),
        x=x,
        time=time,
        viscosity=flow.viscosity,
        history=history,
    )


def _initial_vorticity(
    modes: Modes, random_state: int | np.random.RandomState | None
) -> np.ndarray:  # shape: (n, n // 2 + 1)
    """Vorticity coefficients of the initial state, cut down to the modes that the grid keeps."""
    band = _initial_band(check_random_state(random_state))
    largest = band.shape[1] - 1
    kept = min(largest, (modes.n - 1) // 3)
    k = np.arange(-kept, kept + 1)
    q_hat = np.zeros(modes.kept.shape, dtype=complex)
    q_hat[k[:, None], k[kept:]] = band[largest + k, : kept + 1]
    return q_hat


def _initial_band(
    rng: np.random.RandomState, largest: int = 32
) -> np.ndarray:  # k = -largest..largest, l = 0..largest; shape: (2 largest + 1, largest + 1)
    """Vorticity coefficients of McWilliams (1984): energies k / (1 + (k / 6)^4) of shells, 1/2 in all.

    The modes are those with |k| <= 32 for every n, so that all grids that keep them (n >= 97) start from
    the same function. The paper fills all modes of its grid; those beyond 32 have 2 % of the energy of
    its spectrum, and viscosity removes them first.
    """
    k = np.arange(-largest, largest + 1)[:, None]
    l = np.arange(largest + 1)[None, :]  # noqa: E741
    square = (k**2 + l**2).astype(float)
    phases = rng.uniform(0, 2 * np.pi, square.shape)
    # On l = 0 both k and -k are stored: draw k > 0, the other is its conjugate.
    drawn = (square > 0) & (square <= largest**2) & ((l > 0) | (k > 0))
    # A shell of radius k has about 2 pi k modes: one has |u_hat|^2 ~ 1 / (1 + (k / 6)^4).
    speed = drawn / np.sqrt(1 + square**2 / 6.0**4)
    # The mean of |velocity|^2 / 2 is the sum over the drawn half of the modes.
    speed *= np.sqrt(0.5 / np.sum(speed**2))
    band: np.ndarray = speed * np.sqrt(square) * np.exp(1j * phases)
    band[:, 0] += np.conj(band[::-1, 0])
    return band


def _decay(flow: VorticityFlow, q_hat: np.ndarray, end: float) -> tuple[np.ndarray, Bunch]:
    """Vorticity coefficients at time `end`, and the budgets on the way."""
    time, velocity = 0.0, flow.velocity(q_hat)
    rows = [(time, *flow.modes.budget(q_hat))]
    while time < end:
        # The remaining time is divided evenly, so that the last step is not much shorter.
        n_left = np.ceil((end - time) / flow.stable_step(velocity))
        dt = (end - time) / max(n_left, 1.0)
        q_hat, velocity = flow.step(q_hat, velocity, dt)
        time = end if n_left <= 1 else time + dt
        rows.append((time, *flow.modes.budget(q_hat)))
    columns = ("time", "energy", "enstrophy", "palinstrophy")
    return q_hat, Bunch(**dict(zip(columns, np.array(rows).T.copy(), strict=True)))
