"""Finds what crashes and outages left open, and ends or resumes each of it. The only sweeper."""
