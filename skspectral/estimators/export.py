"""The fitted function for other programs: torch, ONNX, formulas."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sklearn.utils.validation import check_is_fitted

from .._backend.onnx_files import write_onnx
from ..networks import ExportedFunction, FunctionUnits, StageWeights
from .formula import formula
from .parameters import is_count

if TYPE_CHECKING:
    import sympy


class ExportMixin:
    """Ways out of Python, or of this package, for a fitted regressor."""

    _units: FunctionUnits
    _weights: tuple[StageWeights, ...]

    def to_torch(self) -> ExportedFunction:
        """The fitted function as one float64 module of plain real operations, original units in and out.

        `torch.export` traces it for any number of rows, and the transforms of `torch.func` pass through it.
        It evaluates all rows at once: `predict` needs less memory, and less time for nodes of a grid.

        Returns
        -------
        module : torch.nn.Module
            On the CPU; takes (n, d), or (d,) for one row, and gives (n,) or (n, k), or () or (k,).
            Amplitudes, frequencies and weights of networks are its parameters; every other constant is a
            float64 buffer, so that nothing is rounded to float32 on the way.

        See Also
        --------
        to_onnx : The same as a file that needs no Python.
        to_sympy : The same as a formula.

        Examples
        --------
        >>> import torch
        >>> import numpy as np
        >>> from skspectral import SpectralMultistageRegressor
        >>> X = np.linspace(0, 1, 50)[:, None]
        >>> model = SpectralMultistageRegressor().fit(X, np.sin(7 * X[:, 0]))
        >>> module = model.to_torch()
        >>> value = module(torch.tensor([[0.25]], dtype=torch.float64))
        >>> value.shape, bool(abs(value[0] - np.sin(1.75)) < 1e-12)
        (torch.Size([1]), True)

        Second derivatives at many rows:

        >>> rows = torch.tensor([[0.25], [0.5]], dtype=torch.float64)
        >>> curvature = torch.func.vmap(torch.func.hessian(module))(rows)
        >>> torch.allclose(curvature[:, 0, 0], -49 * torch.sin(7 * rows[:, 0]), atol=1e-6)
        True
        """
        check_is_fitted(self)
        return ExportedFunction(self._units, list(self._weights)).eval()

    def to_onnx(self, path: str | os.PathLike[str]) -> None:
        """Write the fitted function as an ONNX file, in float64 and in original units.

        Its input `X` is (n, d) and its output `y` (n,) or (n, k), for any n. ONNX Runtime, at its default
        level of optimization, agrees with `predict` to 1e-13 of y: terms of a series have its size, and
        networks whose terms cancel are evaluated in steps that are rounded alike everywhere.

        Parameters
        ----------
        path : str or path-like
            File to write.

        Raises
        ------
        ImportError
            If onnx or onnxscript is missing; the extra `io` brings both.

        See Also
        --------
        to_torch : The module that is written.

        Examples
        --------
        >>> import tempfile
        >>> from pathlib import Path
        >>> import numpy as np
        >>> from skspectral import SpectralMultistageRegressor
        >>> X = np.arange(32)[:, None] / 32
        >>> model = SpectralMultistageRegressor().fit(X, np.cos(4 * np.pi * X[:, 0]))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     model.to_onnx(Path(folder, "cosine.onnx"))
        ...     [file.name for file in Path(folder).iterdir()]
        ['cosine.onnx']
        """
        module = self.to_torch()
        write_onnx(module, module.center, path)

    def to_sympy(self, max_terms: int | None = None) -> sympy.Expr | list[sympy.Expr]:
        """The fitted function as a formula, in units of X and y.

        It is a constant, a slope along each input and the terms of largest amplitude: waves, products of
        Legendre polynomials or of Chebyshev polynomials of a mapped coordinate, Gaussians, and units of
        networks. `sympy.latex` prints it, and `sympy.lambdify` makes a function of it.

        Parameters
        ----------
        max_terms : int, default=None
            Number of terms beside the constant and the slopes; all of them by default. A series needs its
            strongest ones most. Units of a network may cancel: keep them all, or none.

        Returns
        -------
        formula : sympy.Expr, or list of k of them
            One expression where y was (n,), one for each output where it was (n, k). Its symbols are
            `feature_names_in_`, or `x0`, `x1`, .. where X had no names. It holds where the rows lay; beyond
            them `predict` returns to a plane, and the formula does not.

        Raises
        ------
        ValueError
            If `max_terms` is not a count.

        See Also
        --------
        to_torch : All terms, as a module.

        Examples
        --------
        >>> import numpy as np
        >>> import sympy
        >>> from skspectral import SpectralMultistageRegressor
        >>> X = np.arange(32)[:, None] / 32
        >>> y = 2 + 3 * np.cos(4 * np.pi * X[:, 0]) + 0.1 * np.sin(6 * np.pi * X[:, 0])
        >>> model = SpectralMultistageRegressor().fit(X, y)
        >>> formula = model.to_sympy(max_terms=1)
        >>> short = formula.xreplace({number: round(number, 4) for number in formula.atoms(sympy.Float)})
        >>> short
        3.0*cos(12.5664*x0) + 2.0
        >>> print(sympy.latex(short))
        3.0 \\cos{\\left(12.5664 x_{0} \\right)} + 2.0
        """
        check_is_fitted(self)
        if max_terms is not None and not is_count(max_terms, 0):
            raise ValueError(f"max_terms={max_terms!r} must be None or an int of at least 0")
        count = len(self._units.center)
        names = getattr(self, "feature_names_in_", [f"x{i}" for i in range(count)])
        expressions = formula(self._weights, self._units, list(names), max_terms)
        return expressions[0] if self._units.flat else expressions
