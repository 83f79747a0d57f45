"""Media files as streams of sound: what every service that hears a file shares."""
