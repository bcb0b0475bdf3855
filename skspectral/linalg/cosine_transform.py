"""Orthonormal cosine transforms (DCT-II and its inverse) along the first axes, on any device.

Notation
--------
X_k = s_k sum_n x_n cos(pi (n + 1/2) k / N), s_0 = sqrt(1 / N), s_k = sqrt(2 / N). The data and their
mirror image make one period of 2 N points, whose FFT is 2 X_k / s_k times exp(i pi k / 2N). SciPy needs no
mirror image, which is four times faster, but runs on the CPU only.
"""

from __future__ import annotations

import math

import scipy.fft
import torch
from torch import Tensor


def cosine_transform(values: Tensor, n_axes: int) -> Tensor:
    """Coefficients along the first `n_axes` axes; the others are left alone."""
    if values.device.type != "cpu":
        return mirrored_transform(values, n_axes)
    found = scipy.fft.dctn(values.numpy(), type=2, axes=range(n_axes), norm="ortho")
    return torch.from_numpy(found)


def inverse_cosine_transform(coefficients: Tensor, n_axes: int) -> Tensor:
    """Values from the coefficients."""
    if coefficients.device.type != "cpu":
        return inverse_mirrored_transform(coefficients, n_axes)
    found = scipy.fft.idctn(coefficients.numpy(), type=2, axes=range(n_axes), norm="ortho")
    return torch.from_numpy(found)


def mirrored_transform(values: Tensor, n_axes: int) -> Tensor:
    """`cosine_transform` by an FFT of the data and their mirror image."""
    for axis in range(n_axes):
        rows = values.movedim(axis, -1)
        n = rows.shape[-1]
        spectrum = torch.fft.rfft(torch.cat([rows, rows.flip(-1)], -1))[..., :n]
        cosines = (spectrum * _turn(n, rows).conj()).real * (cosine_norms(n, rows) / 2)
        values = cosines.movedim(-1, axis)
    return values


def inverse_mirrored_transform(coefficients: Tensor, n_axes: int) -> Tensor:
    """`inverse_cosine_transform` by an FFT of twice the length."""
    for axis in range(n_axes):
        rows = coefficients.movedim(axis, -1)
        n = rows.shape[-1]
        spectrum = rows * (2 / cosine_norms(n, rows)) * _turn(n, rows)
        padded = torch.cat([spectrum, torch.zeros_like(spectrum[..., :1])], -1)
        coefficients = torch.fft.irfft(padded, 2 * n)[..., :n].movedim(-1, axis)
    return coefficients


def cosine_norms(n: int, like: Tensor) -> Tensor:
    """s_k, shape (n,): the orthonormal functions are s_k cos(pi (j + 1/2) k / n)."""
    norms = torch.full((n,), math.sqrt(2 / n), dtype=like.dtype, device=like.device)
    norms[0] = math.sqrt(1 / n)
    return norms


def _turn(n: int, like: Tensor) -> Tensor:
    angle = torch.arange(n, dtype=like.dtype, device=like.device) * (math.pi / (2 * n))
    return torch.polar(torch.ones_like(angle), angle)
