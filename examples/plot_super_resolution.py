"""
Super-resolution: a field between its pixels
============================================

A fitted image is a function: it has a value between the pixels, and an exact gradient. Here every second
pixel of a turbulent flow's vorticity, both ways, is fitted, and the function is read off at all of them.
A cubic spline goes through the same pixels, and has a hundred times the error or more.

The gain depends on the image: these pixels hold all waves of the flow but the weakest. Every fourth pixel
does not, and the spline is then 3 dB ahead; on photographs, which have no shortest wave, the two are equal.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.interpolate import RectBivariateSpline

from skspectral import TunerRegressor
from skspectral.datasets import make_turbulence
from skspectral.inspection import FieldDisplay, psnr

flow = make_turbulence(256, random_state=0)
image = flow.vorticity
rows = np.zeros(image.shape, dtype=bool)
rows[::2, ::2] = True
X, y = flow.X[rows.ravel()], image[rows]
model = TunerRegressor(hidden_layer_sizes=(), random_state=0).fit(X, y)

# %%
# A spline goes through all of these pixels, and its slopes are exact as well. Both are judged within the
# box of the pixels. The true gradient comes from the coefficients of the flow.

inside = slice(None, 255)
points = flow.X.reshape(256, 256, 2)[inside, inside].reshape(-1, 2)
axis = flow.x[inside]
spline = RectBivariateSpline(flow.x[::2], flow.x[::2], image[::2, ::2])
wavenumber = 1j * np.fft.fftfreq(256, 1 / 256)
coefficients = np.fft.fft2(image)
slopes = [np.fft.ifft2(c).real for c in (wavenumber[:, None] * coefficients, wavenumber * coefficients)]
true_gradient = np.stack([slope[inside, inside].ravel() for slope in slopes], axis=1)
truth = image[inside, inside].ravel()
fits = {
    "cubic spline": (
        spline(axis, axis).ravel(),
        np.stack([spline(axis, axis, dx=1).ravel(), spline(axis, axis, dy=1).ravel()], axis=1),
    ),
    "TunerRegressor": (model.predict(points), model.predict_gradient(points)),
}
print("                  image   gradient   [dB]")
for name, (values, gradient) in fits.items():
    print(f"{name:15s}{psnr(truth, values):8.1f}{psnr(true_gradient, gradient):11.1f}")

# %%
# The spline above, the model below: target, prediction and error, with the sizes of their gradients.

figure, axes = plt.subplots(4, 3, figsize=(8.6, 9.6), layout="compressed")
for (name, (values, gradient)), rows in zip(fits.items(), (axes[:2], axes[2:])):
    options = {"gradient": gradient, "true_gradient": true_gradient, "ax": rows}
    FieldDisplay.from_predictions(points, truth, values, **options)
    rows[0, 1].set_title(name, fontsize="medium")
for ax in axes[1]:
    ax.set_xlabel("")
plt.show()
