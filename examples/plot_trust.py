"""
How far to trust a fit
======================

The reported error is that of rows which no stage has seen. Which rows are set aside follows from how
the rows lie: single ones where they are random, whole lines of a grid, whole tracks of soundings. One
function on four designs; reported and true errors belong together, whatever the design.
"""

import matplotlib.pyplot as plt
import numpy as np
import torch

from skspectral import SpectralMultistageRegressor
from skspectral.selection import look_at

rng = np.random.default_rng(0)


def hills(X):
    return np.exp(-np.square(X).sum(1) / 2) * np.sin(3 * X[:, 0] + 1) + X[:, 1] / 4


def mesh(*axes):
    return np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 2)


along = np.sort(rng.uniform(-1, 1, (9, 80)), 1)
tracks = np.stack([along, np.linspace(-1, 1, 9)[:, None] + 0.03 * np.sin(5 * along)], -1)
designs = {
    "random rows": rng.uniform(-1, 1, (300, 2)),
    "a grid": mesh(np.linspace(-1, 1, 18), np.linspace(-1, 1, 18)),
    "a grid of 40 x 6": mesh(np.linspace(-1, 1, 40), np.linspace(-1, 1, 6)),
    "nine tracks": tracks.reshape(-1, 2),
}

# %%
# Fit each, and compare the reported error with that at 4000 new places.

probes = rng.uniform(-0.97, 0.97, (4000, 2))
print(f"{'rows':20s}{'reported':>10s}{'true':>10s}   stopped")
errors = {}
for name, X in designs.items():
    y = hills(X)
    model = SpectralMultistageRegressor(n_stages=1, hidden_layer_sizes=()).fit(X, y)
    true = np.sqrt(np.mean((model.predict(probes) - hills(probes)) ** 2)) / y.std()
    errors[name] = model.heldout_error_, true
    print(f"{name:20s}{model.heldout_error_:10.0e}{true:10.0e}   {model.stop_reason_}")

# %%
# What was set aside of each design.

figure, axes = plt.subplots(1, 4, figsize=(12, 3.8), layout="compressed")
for axis, (name, X) in zip(axes, designs.items()):
    rows = torch.as_tensor(X[np.lexsort(X.T[::-1])])
    aside = look_at(rows, torch.Generator().manual_seed(0)).aside
    axis.plot(*rows[~aside].T, ".", color="0.7", markersize=3)
    axis.plot(*rows[aside].T, ".", color="tab:orange", markersize=4)
    reported, true = errors[name]
    axis.set(title=f"{name}\nreported {reported:.0e}, true {true:.0e}", aspect="equal")
    axis.set(xlabel="$x_1$", xticks=[-1, 0, 1], yticks=[-1, 0, 1])
axes[0].set_ylabel("$x_2$; rows set aside in orange")
plt.show()
