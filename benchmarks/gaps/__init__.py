"""Kinks, jumps and cusps between rows, beside what rows resolve."""
