"""Noisy tables: diabetes and Friedman's three."""
