"""A copy of the tree whose hot modules are compiled ahead of time by mypyc (ADR 24)."""
