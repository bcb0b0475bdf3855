"""What the estimators report of their error, beside the true one."""
