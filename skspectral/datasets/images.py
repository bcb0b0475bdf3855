"""Images as regression: value against position, some of the pixels held out."""

from __future__ import annotations

import numpy as np
from sklearn.utils import Bunch


def make_image_regression(
    image: np.ndarray,  # shape: (height, width) or (height, width, n_channels)
) -> Bunch:
    """Split an image into a quarter of its pixels for training and all of them for the test.

    Training pixels are every second one along both axes, from the first, as in [1]_. The position
    of pixel (i, j) is ``(j / width, i / height)``: x to the right and y downwards, both in [0, 1).

    Parameters
    ----------
    image : array-like of shape (height, width) or (height, width, n_channels)
        Integers from 0 to 255 or floats from 0 to 1.

    Returns
    -------
    pixels : :class:`~sklearn.utils.Bunch`
        With the attributes

        X : ndarray of shape (n_samples, 2)
            Positions of the training pixels, row by row;
            ``n_samples`` is ``ceil(height / 2) * ceil(width / 2)``.
        y : ndarray of shape (n_samples,) or (n_samples, n_channels)
            Their values in [0, 1].
        X_test : ndarray of shape (height * width, 2)
            Positions of all pixels, row by row.
        y_test : ndarray of shape (height * width,) or (height * width, n_channels)
            Values of all pixels: ``y_test.reshape(shape)`` is the image.
        shape : tuple
            That of `image`.

    Raises
    ------
    TypeError
        If the values are neither integers nor floats.
    ValueError
        If the shape is not that of an image, or a value is not finite or out of range.

    Notes
    -----
    With an even number of rows or columns the last of them lies outside the training pixels, half a
    training interval away.

    The usual measure is the peak signal-to-noise ratio, ``-10 log10(mean((y - prediction)^2))`` in
    decibels. That of all pixels includes the training pixels.

    References
    ----------
    .. [1] Fang and Xu (2024), "Addressing spectral bias of deep neural networks by multi-grade deep
       learning", arXiv:2410.16105. Positions: the authors' code, which has square images.

    Examples
    --------
    >>> import numpy as np
    >>> from skspectral.datasets import make_image_regression
    >>> pixels = make_image_regression(np.array([[0, 51, 102], [153, 204, 255]]))
    >>> pixels.y.tolist()
    [0.0, 0.4]
    >>> pixels.X_test.shape
    (6, 2)
    """
    values = _check_image(image)
    height, width = values.shape[:2]
    columns, rows = np.meshgrid(np.arange(width) / width, np.arange(height) / height)
    positions = np.stack([columns, rows], axis=-1)
    return Bunch(
        X=positions[::2, ::2].reshape(-1, 2),
        y=_by_pixel(values[::2, ::2]),
        X_test=positions.reshape(-1, 2),
        y_test=_by_pixel(values),
        shape=values.shape,
    )


def _by_pixel(
    values: np.ndarray,  # shape: (height, width, ...)
) -> np.ndarray:  # shape: (height * width, ...)
    return values.reshape(-1, *values.shape[2:])


def _check_image(image: np.ndarray) -> np.ndarray:
    """Values in [0, 1], a float64 copy, or TypeError or ValueError."""
    image = np.asarray(image)
    if image.ndim not in (2, 3) or image.size == 0:
        raise ValueError(
            f"image must have shape (height, width) or (height, width, channels), got {image.shape}"
        )
    if image.dtype.kind not in "uif":
        raise TypeError(f"image must hold integers or floats, got dtype {image.dtype}")
    largest = 1 if image.dtype.kind == "f" else 255
    if not (image.min() >= 0 and image.max() <= largest):  # nan passes no comparison
        raise ValueError(
            f"image has values from {image.min()} to {image.max()}; "
            "integers must be from 0 to 255, floats from 0 to 1"
        )
    return image.astype(np.float64) / largest
