"""Whether `max_time` and Ctrl-C end large fits in time."""
