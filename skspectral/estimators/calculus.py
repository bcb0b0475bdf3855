"""Derivatives and integrals of the prediction, in units of y and X."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from .._backend.blocks import by_blocks, row_blocks
from .._backend.inputs import like_input
from ..networks import FittedFunction, PreparedFunction, gradients, hessians
from ..selection import ErrorBars, covered
from .boxes import Boxes, box_of_rows
from .chunks import by_chunks
from .records import SobolIndices

Derivative = Callable[[Callable[[Tensor], Tensor], Tensor], Tensor]


class CalculusMixin(ABC):
    """What a fitted function has beside its values."""

    _bars: ErrorBars

    @abstractmethod
    def _function(self, device: torch.device) -> FittedFunction:
        """The sum of stages."""

    @abstractmethod
    def _ready(self, X: Any, method: str) -> tuple[PreparedFunction, Tensor]:
        """The function, and the rows on its device."""

    @by_chunks
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
        return like_input(_by_blocks(gradients, function.module, inputs, 8), X)

    @by_chunks
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
        return like_input(_by_blocks(hessians, function.module, inputs, 32), X)

    def integrate(self, low: Any, high: Any, *, tol: float = 1e-8) -> Any:
        """Integral of the prediction over boxes.

        Series are integrated axis by axis, to rounding; functions with networks on grids of Gauss-Legendre
        nodes up to three inputs, and by scrambled Sobol points beyond, which are refined until they are
        accurate to `tol`.

        Parameters
        ----------
        low, high : float or array-like of shape (d,) or (m, d)
            Ends of one box, or of m boxes, in units of X; a float holds for every input.
        tol : float, default=1e-8
            Accuracy where there are networks, relative to the integral of the absolute value.

        Returns
        -------
        integral : float or ndarray of shape (k,), (m,) or (m, k)
            In units of y times the units of all inputs.

        Raises
        ------
        ValueError
            If an end is not finite, low is above high, an input whose logarithm is taken is not positive,
            or shapes do not fit.

        Warns
        -----
        UserWarning
            If a box reaches farther beyond the training rows than these are from each other: what is
            integrated there is an extrapolation.
        ConvergenceWarning
            If the integral is not accurate to `tol`; the message says how accurate it is.

        See Also
        --------
        sobol_indices : The mean and the variance over a box.
        predict_gradient : The other way.

        Examples
        --------
        >>> import numpy as np
        >>> from skspectral import SpectralMultistageRegressor
        >>> X = np.linspace(0, 1, 50)[:, None]
        >>> model = SpectralMultistageRegressor().fit(X, np.sin(7 * X[:, 0]))
        >>> bool(abs(model.integrate(0, 1) - (1 - np.cos(7)) / 7) < 1e-14)
        True
        >>> model.integrate([[0.0], [0.5]], [[0.5], [1.0]]).shape
        (2,)
        """
        boxes = self._boxes(low, high)
        return boxes.like_boxes(boxes.in_units(boxes.integrals(tol)))

    def sobol_indices(self, low: Any = None, high: Any = None, *, tol: float = 1e-3) -> SobolIndices:
        """Mean, variance and Sobol indices of the prediction over a box of uniform, independent inputs.

        Series have them in closed form, by products of integrals of one input; others are integrated on
        grids of Gauss-Legendre nodes up to three inputs, and sampled with scrambled Sobol points beyond.

        Parameters
        ----------
        low, high : float or array-like of shape (d,), default=None
            Ends of the box, in units of X; None: of the box that the training rows lie in.
        tol : float, default=1e-3
            Error of the indices at which refinement and sampling end.

        Returns
        -------
        indices : SobolIndices
            With the error reached.

        Raises
        ------
        ValueError
            As by `integrate`.

        See Also
        --------
        integrate : Integrals over boxes.
        sklearn.inspection.permutation_importance : The loss of score where the rows are shuffled.

        References
        ----------
        Sobol, "Global sensitivity indices for nonlinear mathematical models and their Monte Carlo
        estimates", Math. Comput. Simul. 55, 2001. Saltelli et al., "Variance based sensitivity analysis of
        model output", Comput. Phys. Commun. 181, 2010.

        Examples
        --------
        >>> import numpy as np
        >>> from skspectral import SpectralMultistageRegressor
        >>> X = np.random.default_rng(0).uniform(-1, 1, (400, 2))
        >>> model = SpectralMultistageRegressor().fit(X, X[:, 0] * X[:, 1] + X[:, 0])
        >>> indices = model.sobol_indices([-1, -1], [1, 1])
        >>> print(indices.first_order.round(6), indices.total.round(6))
        [0.75 0.  ] [1.   0.25]
        """
        check_is_fitted(self)
        first, last = box_of_rows(self._function(torch.device("cpu")), self._bars)
        low, high = (first if low is None else low), (last if high is None else high)
        return self._boxes(low, high, one=True).sobol_indices(tol)

    @by_chunks
    def inside(self, X: Any) -> Any:
        """Whether rows lie in what the training rows cover, so that a prediction does not extrapolate.

        A row is inside where it is in the box of the training rows and at most three times as far from one
        of them as these are from each other there. Holes and what is between clusters are outside, each
        corner of the box that has no rows is too. What is between tracks or planes of rows is inside. On
        grids, every axis is looked at by itself.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Inputs.

        Returns
        -------
        inside : ndarray of shape (n,), bool
            Distances are in units of the box's half widths, of the logarithm where the fit takes it. Of
            many training rows some 1,000 to 4,000 are kept to compare with, fewer in many inputs: smaller
            holes than three times their distances are not seen.

        See Also
        --------
        predict : With `return_std` also the error, which grows outside.

        References
        ----------
        Breunig et al., "LOF: Identifying Density-Based Local Outliers", SIGMOD 2000, for the comparison
        with the distances of the nearest rows.

        Examples
        --------
        >>> import numpy as np
        >>> from skspectral import SpectralMultistageRegressor
        >>> X = np.random.default_rng(0).uniform(-1, 1, (2000, 2))
        >>> X = X[np.hypot(*X.T) > 0.5]
        >>> model = SpectralMultistageRegressor(hidden_layer_sizes=()).fit(X, X[:, 0] * X[:, 1])
        >>> print(model.inside([[0.7, 0.6], [0.0, 0.0], [1.1, 0.0]]))
        [ True False False]
        """
        function, inputs = self._ready(X, "inside")
        return like_input(covered(function.scaled(inputs), self._bars).to(inputs.device), X)

    def _boxes(self, low: Any, high: Any, one: bool = False) -> Boxes:
        check_is_fitted(self)
        function = self._function(torch.device("cpu"))
        return Boxes.checked(function, low, high, self._bars, one)


def _by_blocks(derivative: Derivative, function: FittedFunction, inputs: Tensor, copies: int) -> Tensor:
    """Derivatives of all rows, where one takes as many times the memory of a prediction."""
    blocks = row_blocks(len(inputs), copies * function.row_bytes)
    return by_blocks(partial(derivative, function), inputs, blocks)
