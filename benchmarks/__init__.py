"""Benchmarks: each folder is a command, `python -m benchmarks.FOLDER`; what they share is in `common`."""
