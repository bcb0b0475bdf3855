"""
Exact gradients: a velocity from a stream function
==================================================

The prediction is a formula, so its gradient is one too: no step size, no differences. Here the
stream function of a turbulent flow is fitted on a grid, and the velocity
:math:`(u, v) = (-\\partial\\psi/\\partial y, \\partial\\psi/\\partial x)` is read off anywhere.
"""

import matplotlib.pyplot as plt
import numpy as np

from skspectral import SpectralMultistageRegressor
from skspectral.datasets import make_turbulence, trigonometric_interpolant

flow = make_turbulence(128, random_state=0)
model = SpectralMultistageRegressor().fit(flow.X, flow.stream_function.ravel())


def velocity(points):
    slope_x, slope_y = model.predict_gradient(points).T
    return np.stack([-slope_y, slope_x], axis=1)


# %%
# The exact velocity at random points comes from the coefficients of the field. Central differences
# of the prediction are compared with it as well: at their best step they keep 10 digits.

points = np.random.default_rng(0).uniform(0, 2 * np.pi, (500, 2))
wavenumber = np.fft.fftfreq(128, 1 / 128)
coefficients = np.fft.fft2(flow.stream_function)
u = np.fft.ifft2(-1j * wavenumber * coefficients).real
exact = trigonometric_interpolant(u)(points)


def error(values):
    return np.linalg.norm(values - exact) / np.linalg.norm(exact)


def difference(step):
    shift = np.array([0.0, step])
    return -(model.predict(points + shift) - model.predict(points - shift)) / (2 * step)


steps = np.logspace(-7, -1, 13)
differences = [error(difference(step)) for step in steps]
gradient = error(velocity(points)[:, 0])
print(f"error of u: gradient {gradient:.1e}, best difference {min(differences):.1e}")

# %%
# The stream function with its velocity, and the error of both ways.

axis = flow.x[::6]
arrows = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 4.0), layout="constrained")
box = (0, 2 * np.pi, 0, 2 * np.pi)
image = left.imshow(flow.stream_function.T, origin="lower", extent=box, cmap="RdBu_r")
figure.colorbar(image, ax=left, label="stream function")
left.quiver(*arrows.T, *velocity(arrows).T, width=0.003)
left.set(xlabel="x", ylabel="y", title="stream function and velocity")
right.loglog(steps, differences, "o-", color="0.5", label="central differences")
right.axhline(gradient, color="tab:orange", label="predict_gradient")
right.set(xlabel="step", ylabel="relative error of u", title="error at 500 random points")
right.legend(frameon=False)
plt.show()
