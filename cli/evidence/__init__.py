"""`noinhan evidence`: who was to get a notice and why, and what came of it, as CSV or PDF with its hash."""

from cli.evidence.command import evidence

__all__ = ["evidence"]
