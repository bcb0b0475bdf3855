"""Linear problems, solved exactly: least squares, tensor grids, gap filling, conjugate gradients."""
