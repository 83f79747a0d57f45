"""Proof that nothing is lost: the real platform under kills, copies, cancels and outages, then a count."""
