"""
Ripples from scattered rows
===========================

Eight thousand rows that lie on no grid, and a function whose waves become shorter toward two corners. The
series grows while rows that are left out are met better; its functions are mapped cosines, and each axis
has as many as the amplitudes ask for.
"""

import matplotlib.pyplot as plt
import numpy as np

from skspectral import SpectralMultistageRegressor

rng = np.random.default_rng(0)


def ripples(X):
    return np.sin(30 * X[:, 0] * X[:, 1]) + np.cos(18 * X[:, 0] + 9 * X[:, 1] ** 2)


X = rng.uniform(-1, 1, (8000, 2))
y = ripples(X)
model = SpectralMultistageRegressor().fit(X, y)

# %%
# The error on a fine grid that the fit has not seen, beside the one that the model reports of itself.

axis = np.linspace(-0.99, 0.99, 301)
grid = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
exact = ripples(grid)
error = np.abs(model.predict(grid) - exact)
print(f"relative error {np.linalg.norm(error) / np.linalg.norm(exact - exact.mean()):.0e},", end=" ")
print(f"reported {model.heldout_error_:.0e}, {len(model.stages_[0].frequencies)} functions")

# %%
# The target with a part of its rows, the error, and the functions of the series: a point for each, where
# its waves are at the center of the box, colored by its amplitude.

figure, axes = plt.subplots(1, 3, figsize=(11, 3.4), layout="constrained")
where = {"origin": "lower", "extent": (-1, 1, -1, 1)}
image = axes[0].imshow(exact.reshape(301, 301).T, cmap="RdBu_r", **where)
axes[0].plot(*X[:800].T, ".", color="0.1", markersize=1.5)
figure.colorbar(image, ax=axes[0], shrink=0.85)
digits = np.log10(np.maximum(error, 1e-17)).reshape(301, 301).T
image = axes[1].imshow(digits, cmap="viridis", vmin=-16, vmax=-9, **where)
figure.colorbar(image, ax=axes[1], shrink=0.85, extend="both", label="$\\log_{10}$ error")
stage = model.stages_[0]
size = np.log10(np.maximum(stage.amplitudes, 1e-17))
points = axes[2].scatter(*np.abs(stage.frequencies).T, c=size, s=5, cmap="magma", vmin=-16, vmax=0)
figure.colorbar(points, ax=axes[2], shrink=0.85, extend="min", label="$\\log_{10}$ amplitude")
for ax, title in zip(axes, ["target, and 800 of 8000 rows", "error", "functions of the series"]):
    ax.set(title=title, xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
axes[2].set(xlabel="cycles per unit of $x_1$", ylabel="cycles per unit of $x_2$")
plt.show()
