"""Measurements of speed against named peers, run by `make bench`."""
