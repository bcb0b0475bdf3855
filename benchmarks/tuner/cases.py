"""Data of this benchmark: images with held-out pixels, a chirp, a signed distance field, smooth targets.

>>> [load().name for load in ROWS["smooth"](Request())]
['ln_cos', 'sin_exp', 'exp_sine', 'waves', 'franke_grid']

Positions lie in [-1, 1]^d. References of the gradient are central differences of the clean image,
two pixels apart, and of exact formulas.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from scipy.interpolate import RBFInterpolator
from scipy.spatial import cKDTree

from benchmarks.common.targets import TARGETS, Array

HELD_OUT = 0.05  # of the pixels or samples
NOISE = 0.05
N_SAMPLES, N_FIELD, N_POINTS = 8000, 64, 5000  # of the chirp; of the field an axis, off its grid
SMOOTH = ("ln_cos", "sin_exp", "exp_sine", "waves", "franke_grid")
STEP = 1e-6  # of central differences of formulas, half the box being 1


@dataclass(frozen=True)
class Problem:
    """Rows to learn from and rows to be judged on, never the same.

    Parameters
    ----------
    name : str
    X, y : ndarray of shape (n, d) and (n,) or (n, k)
        Training rows; y may be noisy.
    X_test, y_test : ndarray
        Held-out rows; y_test is clean.
    slopes, slopes_test : ndarray of shape (n, d) or (n, k, d), or None
        Reference gradients at X and X_test; None where there is none.
    data_range : float
        The peak of the signal-to-noise ratio.
    """

    name: str
    X: Array
    y: Array
    X_test: Array
    y_test: Array
    slopes: Array | None = None
    slopes_test: Array | None = None
    data_range: float = 1.0


@dataclass(frozen=True)
class Request:
    """What the command was asked for; `images` are names without suffix, none is all."""

    data: Path | None = None
    images: tuple[str, ...] = ()
    size: int = 256
    grey: bool = False


Load = Callable[[], Problem]

# Images


def held_out(n: int, seed: int, share: float = HELD_OUT) -> tuple[Array, Array]:
    """Rows to train on and rows held out, disjoint, drawn at random, each in order."""
    order = np.random.default_rng(seed).permutation(n)
    count = max(1, round(share * n))
    return np.sort(order[count:]), np.sort(order[:count])


def square(image: Array, size: int) -> Array:
    """The middle of an image (h, w, ...), averaged over areas to (size, size, ...)."""
    side = min(image.shape[:2])
    top, left = ((length - side) // 2 for length in image.shape[:2])
    middle = image[top : top + side, left : left + side]
    weights = _areas(side, size)
    return np.einsum("ia,jb,ab...->ij...", weights, weights, middle, optimize=True)


def _areas(side: int, size: int) -> Array:
    """Share of each of `side` pixels in each of `size` equal parts of their row, (size, side)."""
    edges = np.arange(size + 1) * side / size
    pixels = np.arange(side)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return np.clip(overlap, 0, None) * size / side


def pixels(name: str, image: Array, *, noise: float = 0.0, seed: int = 0) -> Problem:
    """Hold out pixels of a square image (n, n) or (n, n, k) with values in [0, 1].

    x runs to the right and y downwards, both through the middles of the pixels in (-1, 1).
    """
    size = len(image)
    axis = (2 * np.arange(size) + 1) / size - 1
    X = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    down, right = np.gradient(image, 2 / size, axis=(0, 1))
    slopes = np.stack([right, down], axis=-1).reshape(size**2, *image.shape[2:], 2)
    y = image.reshape(size**2, *image.shape[2:])
    noisy = y + noise * np.random.default_rng(seed).standard_normal(y.shape)
    train, test = held_out(size**2, seed)
    return Problem(name, X[train], noisy[train], X[test], y[test], slopes[train], slopes[test])


def kodak(request: Request) -> list[Path]:
    """Files of images in the data folder, none where there is no folder."""
    return sorted((request.data / "kodak").glob("*.png")) if request.data else []


def image_files(request: Request) -> dict[str, Callable[[], Array]]:
    """Names of the images that are asked for, and how each is read: values in [0, 1]."""
    found: dict[str, Callable[[], Array]] = {file.stem: partial(_read, file) for file in kodak(request)}
    found = found or {name: partial(_sample, name) for name in ("china", "flower")}
    return {name: read for name, read in found.items() if name in (request.images or found)}


def _read(path: Path) -> Array:
    from PIL import Image

    with Image.open(path) as image:
        return np.asarray(image.convert("RGB")) / 255


def _sample(name: str) -> Array:
    from sklearn.datasets import load_sample_image

    return load_sample_image(f"{name}.jpg") / 255


def _grey(image: Array) -> Array:
    """Luma of ITU-R BT.601."""
    return image @ np.array([0.299, 0.587, 0.114])


def _image(name: str, read: Callable[[], Array], request: Request, noise: float) -> Problem:
    image = square(read(), request.size)
    return pixels(name, _grey(image) if request.grey else image, noise=noise)


def _images(request: Request, noise: float = 0.0) -> list[Load]:
    files = image_files(request).items()
    return [partial(_image, name, read, request, noise) for name, read in files]


def unscored(request: Request) -> list[Problem]:
    """scikit-learn's two photographs, for choosing settings."""
    reads = ((name, partial(_sample, name)) for name in ("china", "flower"))
    return [_image(name, read, request, 0.0) for name, read in reads]


# Formulas


def chirp(X: Array) -> Array:
    """A tone that rises from 20 to 420 cycles per unit and fades in and out, on [-1, 1]."""
    t = X[:, 0] + 1
    return np.sin(2 * np.pi * (20 * t + 100 * t**2)) * np.sin(np.pi * t / 2) ** 2


def distance(X: Array) -> Array:
    """Signed distance to the union of a sphere and a torus that do not touch, on [-1, 1]^3."""
    ball = np.linalg.norm(X - [0.0, 0.0, 0.55], axis=1) - 0.3
    ring = np.hypot(X[:, 0], X[:, 1]) - 0.6
    return np.minimum(ball, np.hypot(ring, X[:, 2] + 0.3) - 0.2)


def _slopes(function: Callable[[Array], Array], X: Array) -> Array:
    shifts = STEP * np.eye(X.shape[1])
    return np.stack([function(X + h) - function(X - h) for h in shifts], axis=-1) / (2 * STEP)


def _formula(name: str, function: Callable[[Array], Array], X: Array, X_test: Array) -> Problem:
    y, y_test = function(X), function(X_test)
    slopes = _slopes(function, X), _slopes(function, X_test)
    return Problem(name, X, y, X_test, y_test, *slopes, data_range=float(np.ptp(y)))


def _chirp() -> Problem:
    X = np.linspace(-1, 1, N_SAMPLES)[:, None]
    train, test = held_out(N_SAMPLES, seed=0)
    return _formula("chirp", chirp, X[train], X[test])


def _field() -> Problem:
    axis = np.linspace(-1, 1, N_FIELD)
    X = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    X_test = np.random.default_rng(0).uniform(-1, 1, (N_POINTS, 3))
    return _formula("sphere and torus", distance, X, X_test)


def _smooth(name: str) -> Problem:
    X, y, X_test, y_test = TARGETS[name].load(0)
    return Problem(name, X, y, X_test, y_test, data_range=float(np.ptp(y)))


ROWS: dict[str, Callable[[Request], Sequence[Load]]] = {
    "images": _images,
    "networks": _images,
    "noisy": partial(_images, noise=NOISE),
    "depth": _images,
    "bounds": _images,
    "init": _images,
    "sdf": lambda request: [_field],
    "chirp": lambda request: [_chirp],
    "smooth": lambda request: [partial(_smooth, name) for name in SMOOTH],
}
IMAGE_ROWS = {"images", "networks", "noisy", "depth", "bounds", "init"}

# The classical reference


class LocalRadialBasis:
    """Cubic radial basis functions through the 40 nearest points: exact on the training rows.

    Parameters
    ----------
    step : float
        Of the central differences, in distances between neighboring points. The nearest points
        change from place to place, and the values jump there: a short step divides the jumps. Of
        0.02, 0.1, 0.25, 0.5 and 1 this one is closest to the exact gradient of waves of 10 points.
    """

    def __init__(self, step: float = 0.25):
        self.step = step

    def fit(self, X: Array, y: Array) -> LocalRadialBasis:
        """Keep X (n, d) and y (n,) or (n, k)."""
        # distinct up to rounding, the median is that of a grid with holes too
        self._spacing = float(np.median(cKDTree(X).query(X[:N_POINTS], k=2)[0][:, 1]))
        neighbors = min(40, len(X))
        self._interpolant = RBFInterpolator(X, y, kernel="cubic", neighbors=neighbors)
        return self

    def predict(self, X: Array) -> Array:
        """Values (m,) or (m, k)."""
        return self._interpolant(X)

    def predict_gradient(self, X: Array) -> Array:
        """Central differences (m, d) or (m, k, d)."""
        h = self.step * self._spacing
        shifts = h * np.eye(X.shape[1])
        differences = [self.predict(X + shift) - self.predict(X - shift) for shift in shifts]
        return np.stack(differences, axis=-1) / (2 * h)
