"""
Lost pixels and noise: a photograph restored
============================================

Two of five pixels of a color photograph are lost, the others carry noise of 5 %. What is left are
rows like any others: a position and three values each. `TunerRegressor` measures their spectrum, takes
the white floor under it for noise, and fits the most likely field. Cubic radial functions over 40
neighbors, the usual way to fill gaps, are fitted to the same rows, through the noise and smoothed.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.interpolate import RBFInterpolator
from sklearn.datasets import load_sample_image

from skspectral import TunerRegressor
from skspectral.datasets import as_grid, grid_coordinates
from skspectral.inspection import psnr

photograph = load_sample_image("flower.jpg")[52:372, 182:502] / 255
photograph = photograph.reshape(160, 2, 160, 2, 3).mean(axis=(1, 3))
X, y = grid_coordinates(photograph, multichannel=True)

rng = np.random.default_rng(0)
seen = rng.random(len(X)) < 0.6
noisy = y + 0.05 * rng.standard_normal(y.shape)

# %%
# Every figure is against the photograph itself, at the pixels that were lost and at those that were seen.

# No net is tried: a photograph has no few waves that it could find.
model = TunerRegressor(hidden_layer_sizes=(), random_state=0).fit(X[seen], noisy[seen])
fields = {"TunerRegressor": model.predict(X)}
for name, smoothing in {"cubic RBF": 0.0, "cubic RBF, smoothed": 1e-5}.items():
    rbf = RBFInterpolator(X[seen], noisy[seen], kernel="cubic", neighbors=40, smoothing=smoothing)
    fields[name] = rbf(X)

print("                        lost     seen   [dB]")
for name, field in fields.items():
    quality = [psnr(y[rows], field[rows], data_range=1.0) for rows in (~seen, seen)]
    print(f"{name:20s}{quality[0]:8.2f}{quality[1]:9.2f}")
print(f"{'what was given':20s}{'-':>8s}{psnr(y[seen], noisy[seen], data_range=1.0):9.2f}")

# %%
# What was given, what came of it, and the photograph.

given = np.where(seen[:, None], noisy, 0.0)
images = {"given": given, **{name: fields[name] for name in list(fields)[:2]}, "photograph": y}
figure, axes = plt.subplots(1, 4, figsize=(12, 3.3), layout="compressed")
for ax, (name, values) in zip(axes, images.items()):
    ax.imshow(as_grid(values, photograph.shape[:2]).clip(0, 1))
    ax.set(title=name, xticks=[], yticks=[])
plt.show()
