"""Tells owners by e-mail how their jobs ended: once per job, whatever the queue repeats."""
