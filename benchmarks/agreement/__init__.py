"""Networks whose units cancel, in several libraries."""
