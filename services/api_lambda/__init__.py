"""The HTTP API, and the router that sets jobs going once their audio has arrived."""
