"""Benchmarks: each prints ratios of one run, so that the machine's speed cancels out."""
