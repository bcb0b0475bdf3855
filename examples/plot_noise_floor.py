"""
Noise, and where to stop
========================

With noise on the targets no stage can go below it on unseen rows. Each stage is kept only if it
lowers the held-out error, and fitting ends where the rest looks like white noise. The size of that
rest is reported, and the model is closer to the clean function than any of its data.
"""

import matplotlib.pyplot as plt
import numpy as np

from skspectral import SpectralMultistageRegressor

rng = np.random.default_rng(0)


def clean(X):
    return np.log(X[:, 0] + 2) * np.cos(2 * X[:, 0] + X[:, 0] ** 3)


X, grid = rng.uniform(-1, 1, (1000, 1)), np.linspace(-1, 1, 2001)[:, None]
size = clean(grid).std()

# %%
# Four levels of noise, from none to 10 % of the target's size.

levels = [0.0, 1e-4, 1e-2, 1e-1]
noise = rng.standard_normal(len(X))
found, errors = [], []
print("   noise   found   error to the clean function   stopped")
for level in levels:
    model = SpectralMultistageRegressor().fit(X, clean(X) + level * size * noise)
    found.append(model.noise_floor_ / size)
    errors.append(np.sqrt(np.mean((model.predict(grid) - clean(grid)) ** 2)) / size)
    print(f"{level:8.0e}{found[-1]:8.0e}{errors[-1]:30.0e}   {model.stop_reason_}")

# %%
# The last fit, with the data that it saw.

figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.6), layout="constrained")
left.plot(X, clean(X) + levels[-1] * size * noise, ".", color="0.75", markersize=3, label="data")
left.plot(grid, clean(grid), color="black", label="clean function")
left.plot(grid, model.predict(grid), "--", color="tab:orange", label="fit")
left.set(xlabel="x", ylabel="y", title="10 % noise", xticks=(-1, -0.5, 0, 0.5, 1))
left.legend(frameon=False)
right.loglog(levels[1:], levels[1:], color="0.7", label="equal to the noise")
right.loglog(levels[1:], found[1:], "s", markerfacecolor="none", label="noise_floor_")
right.loglog(levels[1:], errors[1:], "o", color="tab:orange", label="error to the clean function")
right.set(xlabel="noise over size of y", ylabel="relative size", title="found and left")
right.legend(frameon=False)
plt.show()
