"""Many rows: seconds and memory of fits from files and on workers, and of predictions."""
