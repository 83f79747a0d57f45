"""Measurements against peers and under load; each prints a table and writes build/<target>.json."""
