"""Speed, memory and word errors beside the peers': ratios of one run on one machine."""
