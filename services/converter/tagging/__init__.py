"""Tags, cover art and chapters: one model, and the containers that hold it."""
