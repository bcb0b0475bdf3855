"""
A steep front, found by a small net
===================================

Modes alone are poor at a steep layer: their error falls slowly with their number. Sixteen
tanh units beside the modes, trained by Levenberg-Marquardt, find its place and its steepness. Here
a layer of width 0.1 lies slantwise across a smooth wave.

By default several such nets are tried; the one shape of this example takes a fraction of the time.
"""

import matplotlib.pyplot as plt
import numpy as np

from skspectral import SpectralMultistageRegressor
from skspectral.datasets import make_front

front = make_front(1500, steepness=20.0, random_state=0)


def target(X):
    return front.function(X) + np.sin(3 * X[:, 0] * X[:, 1])


# %%
# Modes alone, and modes beside sixteen units, on the same scattered rows. The error is taken on a fine
# grid that neither has seen.

axis = np.linspace(-1, 1, 201)
grid = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
exact = target(grid)
X, y = front.X, target(front.X)

models = {
    "modes alone": SpectralMultistageRegressor(hidden_layer_sizes=()),
    "sixteen units": SpectralMultistageRegressor(hidden_layer_sizes=(16,), n_stages=1),
}
errors = {}
for name, model in models.items():
    errors[name] = model.fit(X, y).predict(grid) - exact
    relative = np.linalg.norm(errors[name]) / np.linalg.norm(exact)
    print(f"{name}: held-out error {relative:.1e}, {model.n_iter_} iterations")

# %%
# The target and both errors, each with its own scale of colors.

figure, axes = plt.subplots(1, 3, figsize=(10.5, 3.2), layout="constrained", sharey=True)
fields = {"target": exact, **{f"error, {name}": error for name, error in errors.items()}}
for ax, (title, values) in zip(axes, fields.items()):
    size = np.quantile(np.abs(values), 0.999)
    image = ax.imshow(
        values.reshape(201, 201).T,
        origin="lower",
        extent=(-1, 1, -1, 1),
        cmap="RdBu_r",
        vmin=-size,
        vmax=size,
    )
    ax.set(title=title, xlabel="$x_1$")
    label = "y" if title == "target" else "predicted $-$ y"
    figure.colorbar(image, ax=ax, shrink=0.85, label=label, extend="both")
axes[0].set_ylabel("$x_2$")
plt.show()
