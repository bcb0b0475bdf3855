"""
Super-resolution: an image between its pixels
=============================================

A fitted image is a function: it has a value between the pixels, and an exact gradient. Here a small
color image, 48 x 48 pixels, is fitted, and the function is read off on a grid twice as fine. The
photograph that the small image was made from, by averaging blocks of 2 x 2 pixels, says how good
that is, next to a cubic spline through the same pixels.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.interpolate import RectBivariateSpline
from sklearn.datasets import load_sample_image

from skspectral import TunerRegressor
from skspectral.datasets import as_grid, grid_coordinates, grid_points
from skspectral.inspection import FieldDisplay, gradient_psnr, psnr


def averaged(image, block):
    height, width, channels = image.shape
    blocks = image.reshape(height // block, block, width // block, block, channels)
    return blocks.mean(axis=(1, 3))


photograph = averaged(load_sample_image("flower.jpg")[10:394, 150:534] / 255, 4)
fine = photograph.shape[:2]

# %%
# Pixels are cells of the unit box, however many: the points of the finer grid lie in the same box.

X, y = grid_coordinates(averaged(photograph, 2), multichannel=True)
model = TunerRegressor(random_state=0).fit(X, y)
image = as_grid(model.predict(grid_points(fine)), fine)

# %%
# A spline goes through all pixels, and its slopes are exact as well.

X_fine, y_fine = grid_coordinates(photograph, multichannel=True)
coarse_axis, fine_axis = np.unique(X[:, 0]), np.unique(X_fine[:, 0])
splines = [
    RectBivariateSpline(coarse_axis, coarse_axis, channel.reshape(48, 48), bbox=[0, 1, 0, 1])
    for channel in y.T
]


def upsampled(**derivative):
    return np.stack([spline(fine_axis, fine_axis, **derivative) for spline in splines], axis=-1)


spline_image = upsampled()
spline_gradient = np.stack([upsampled(dx=1), upsampled(dy=1)], axis=-1).reshape(-1, 3, 2)

# %%
# The gradient is compared with central differences of the photograph, as a vector, and by its size.


def report(name, image, gradient):
    value = psnr(photograph, image, data_range=1.0)
    vector = gradient_psnr(photograph, gradient)
    size = gradient_psnr(photograph, gradient, magnitude=True)
    print(f"{name:15s}{value:8.2f}{vector:11.2f}{size:11.2f}")


print("                  image   gradient   its size   [dB]")
report("cubic spline", spline_image, spline_gradient)
report("TunerRegressor", image, model.predict_gradient(X_fine))

# %%
# The spline above, the model below: photograph, image and error, with the sizes of their gradients.

figure, axes = plt.subplots(4, 3, figsize=(7.8, 9.6), layout="compressed")
spline_values = spline_image.reshape(-1, 3)
FieldDisplay.from_predictions(
    X_fine, y_fine, spline_values, gradient=spline_gradient, field_shape=fine, ax=axes[:2]
)
FieldDisplay.from_estimator(model, X_fine, y_fine, field_shape=fine, ax=axes[2:])
axes[0, 1].set_title("cubic spline", fontsize="medium")
axes[2, 1].set_title("TunerRegressor", fontsize="medium")
plt.show()
