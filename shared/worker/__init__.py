"""The worker loop: receive, lease, heartbeat, work, acknowledge. Knows ports, no vendor."""
