"""The solvers against seconds, from one start."""
