"""An image file, and what stands in for our regressor."""

import numpy as np
import pytest
import torch
from PIL import Image

from benchmarks.tuner import fits


@pytest.fixture
def folder(tmp_path):
    """Data that --data may name: an image of 6 x 8 pixels."""
    (tmp_path / "kodak").mkdir()
    pixels = np.random.default_rng(0).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "kodak" / "a.png")
    return tmp_path


class Mean:
    """Stands in for ours."""

    stop_reason_ = "done"

    def fit(self, X, y):
        self.mean_ = y.mean(axis=0)

    def predict(self, X):
        return np.broadcast_to(self.mean_, (len(X), *self.mean_.shape))

    def predict_gradient(self, X):
        return np.zeros((len(X), *self.mean_.shape, X.shape[1]))

    def to_torch(self):
        return torch.nn.Linear(10, 30)


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(fits, "ours", lambda *about, **parameters: Mean())
