"""Held-out error and seconds of ours and of the peers, and what is promised of them."""
