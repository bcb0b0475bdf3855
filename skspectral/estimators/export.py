"""The fitted function for other programs: torch, ONNX, formulas."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import torch
from sklearn.utils.validation import check_is_fitted

from ..networks import ExportedFunction, FunctionUnits, StageWeights

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
        >>> np.allclose(curvature[:, 0, 0].detach(), -49 * np.sin(7 * rows[:, 0]), atol=1e-7)
        True
        """
        check_is_fitted(self)
        return ExportedFunction(self._units, list(self._weights))

    def to_onnx(self, path: str | os.PathLike[str]) -> None:
        """Write the fitted function as an ONNX file, in float64 and in original units.

        Its input `X` is (n, d) and its output `y` (n,) or (n, k), for any n. ONNX Runtime agrees with
        `predict` to 1e-13 of the largest term of the function, at its default level of optimization.

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
        >>> import numpy as np, tempfile, os
        >>> from skspectral import SpectralMultistageRegressor
        >>> X = np.linspace(0, 1, 50)[:, None]
        >>> model = SpectralMultistageRegressor().fit(X, np.sin(7 * X[:, 0]))
        >>> with tempfile.TemporaryDirectory() as folder:  # doctest: +SKIP
        ...     model.to_onnx(os.path.join(folder, "sine.onnx"))
        """
        check_is_fitted(self)
        try:
            import onnx  # noqa: F401
            import onnxscript  # noqa: F401
        except ImportError as error:
            raise ImportError('to_onnx needs onnx and onnxscript: pip install "skspectral[io]"') from error
        module = self.to_torch()
        rows = torch.ones(2, len(self._units.center), dtype=torch.float64) * module.center
        torch.onnx.export(
            module,
            (rows,),
            os.fspath(path),
            input_names=["X"],
            output_names=["y"],
            dynamic_shapes=({0: torch.export.Dim("n")},),
            dynamo=True,
            external_data=False,
            verbose=False,
        )
