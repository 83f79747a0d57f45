"""How fast the API answers, beside a bare FastAPI route on the same server in the same run."""
