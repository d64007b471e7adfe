"""`noinhan plan`: the dry run. Who would get it, because of which line, with which tasks. Nothing is sent."""

from cli.plan.command import plan

__all__ = ["plan"]
