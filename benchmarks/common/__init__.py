"""What the benchmarks share: targets, peers, child processes, outcomes, tables, JSON, options."""
