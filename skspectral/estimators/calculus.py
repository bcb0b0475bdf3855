"""Derivatives and integrals of the prediction, in units of y and X."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor

from .._backend.blocks import row_blocks
from .._backend.inputs import like_input
from ..networks import FittedFunction, gradients, hessians


class CalculusMixin:
    """What a fitted function has beside its values."""

    def _ready(self, X: Any, method: str) -> tuple[FittedFunction, Tensor]:
        """The function, and the rows on its device."""
        raise NotImplementedError

    def predict_gradient(self, X: Any) -> Any:
        """Gradient of the prediction with respect to X, by automatic differentiation.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Inputs.

        Returns
        -------
        gradient : ndarray of shape (n, d) or (n, k, d)
            In units of y per unit of X.

        See Also
        --------
        predict_hessian : Second derivatives.
        integrate : The other way.
        skspectral.inspection.pipeline_gradient : The same through a pipeline.

        Examples
        --------
        >>> import numpy as np
        >>> from skspectral import SpectralMultistageRegressor
        >>> X = np.linspace(0, 1, 50)[:, None]
        >>> model = SpectralMultistageRegressor().fit(X, np.sin(7 * X[:, 0]))
        >>> gradient = model.predict_gradient([[0.25]])
        >>> gradient.shape, bool(abs(gradient[0, 0] - 7 * np.cos(1.75)) < 1e-9)
        ((1, 1), True)
        """
        function, inputs = self._ready(X, "predict_gradient")
        return like_input(by_blocks(partial(gradients, function), inputs, 8 * function.row_bytes), X)

    def predict_hessian(self, X: Any) -> Any:
        """Second derivatives of the prediction with respect to X, by automatic differentiation.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Inputs.

        Returns
        -------
        hessian : ndarray of shape (n, d, d) or (n, k, d, d)
            In units of y per unit of X squared; symmetric. They are exact derivatives of the prediction, in
            blocks of rows of bounded memory. Each differentiation amplifies the error of the fit by the
            highest frequencies in it: expect twice as many digits to be lost as by the gradient.

        Raises
        ------
        ValueError
            If X is not usable.

        See Also
        --------
        predict_gradient : First derivatives.
        to_torch : A module, for higher ones.

        Examples
        --------
        >>> import numpy as np
        >>> from skspectral import SpectralMultistageRegressor
        >>> X = np.linspace(0, 1, 50)[:, None]
        >>> model = SpectralMultistageRegressor().fit(X, np.sin(7 * X[:, 0]))
        >>> hessian = model.predict_hessian([[0.25]])
        >>> hessian.shape, bool(abs(hessian[0, 0, 0] + 49 * np.sin(1.75)) < 1e-8)
        ((1, 1, 1), True)
        """
        function, inputs = self._ready(X, "predict_hessian")
        return like_input(by_blocks(partial(hessians, function), inputs, 32 * function.row_bytes), X)


def by_blocks(function: Callable[[Tensor], Tensor], inputs: Tensor, row_bytes: int) -> Tensor:
    """Values of all rows, in blocks that fit into memory."""
    return torch.cat([function(inputs[rows]) for rows in row_blocks(len(inputs), row_bytes)])
