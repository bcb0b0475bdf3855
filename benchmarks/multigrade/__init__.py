"""Grades against one grade."""
