"""Fits beside other processes."""
