"""Photographs with noise in every pixel."""
