"""The figures of the documentation: measured by one command, and drawn as tables from its JSON."""
