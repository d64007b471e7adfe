"""Turns a parsed notice into one assignment for every office behind its recipient lines."""
