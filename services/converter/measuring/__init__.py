"""What can be measured of sound, block by block."""
