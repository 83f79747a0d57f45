"""Every call of our processes to AWS, written down where it is made: each costs money and time."""
