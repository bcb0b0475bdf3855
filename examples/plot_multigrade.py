"""
Grade by grade: waves of waves
==============================

A grade is a shallow net. The input of the first is x; each later one takes the hidden units
of the grade before, and is fitted to the residual. The spectrum of this example's signal has
fourteen lines above a thousandth, too many for ten sines. The second grade has ten units as well,
but they are sines of sines, each of them with many lines at once.

Left to choose its width, the first grade takes about a hundred units and leaves no residual.
"""

import matplotlib.pyplot as plt
import numpy as np

from skspectral import MultiGradeRegressor

X = np.arange(1000)[:, None] / 1000
X_test = np.random.default_rng(0).uniform(0, X.max(), (2000, 1))  # between the rows


def signal(X):
    return np.cos(20 * np.sin(2 * np.pi * X[:, 0]))


# %%
# The error is the sum of squared errors over that of the squares of the signal.

model = MultiGradeRegressor(n_stages=2, n_modes=0, hidden_layer_sizes=(10,), max_iter=200)
model.fit(X, signal(X))
exact = signal(X_test)
predictions = list(model.staged_predict(X_test))
print("grade   iterations   seconds   error between the rows")
for number, (grade, prediction) in enumerate(zip(model.stages_, predictions), start=1):
    error = np.sum((prediction - exact) ** 2) / np.sum(exact**2)
    print(f"{number:5d}{grade.n_iter:13d}{grade.seconds:10.1f}{error:25.1e}")

# %%
# What is left after each grade, on a scale of its own, and its spectrum, in front of the signal's.

left = [signal(X), *(signal(X) - prediction for prediction in model.staged_predict(X))]
cycles = np.arange(1, 80)
spectra = [2 * np.abs(np.fft.rfft(values))[cycles] / len(X) for values in left]
titles = ["signal", *(f"left after grade {number}" for number in range(1, len(left)))]

figure, axes = plt.subplots(
    len(left), 2, figsize=(9.0, 1.5 * len(left) + 0.6), layout="constrained", sharex="col"
)
for (over_x, over_cycles), values, spectrum, title in zip(axes, left, spectra, titles):
    color = "black" if title == "signal" else "tab:orange"
    over_x.plot(X, values, color=color, linewidth=0.8)
    over_x.set_title(title, loc="left", fontsize="medium")
    over_cycles.semilogy(cycles, spectra[0], color="0.75", linewidth=2.5)
    over_cycles.semilogy(cycles, spectrum, color=color)
    over_cycles.set_ylim(1e-10, 3)
axes[-1, 0].set_xlabel("x")
axes[-1, 1].set_xlabel("cycles")
axes[0, 1].set_title("amplitude", loc="left", fontsize="medium")
plt.show()
