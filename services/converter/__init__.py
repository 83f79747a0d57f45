"""The audio toolbox: converts, splits, clips, measures, tags and draws what was uploaded."""
