"""The rules of the house: one module per rule, each with ``violations(root) -> list[str]``."""
