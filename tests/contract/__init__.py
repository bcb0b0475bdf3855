"""What users can rely on, checked on every estimator."""
