"""Attributes that are worked out when they are first asked for: many lines of a text are never asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class lazily(Generic[T]):  # noqa: N801 - a decorator
    """Like `functools.cached_property`, whose lock (before Python 3.12) takes longer than what lines work out."""

    def __init__(self, work: Callable[[Any], T]) -> None:
        """work: the method that gives the value."""
        self.work = work
        self.name = work.__name__
        self.__doc__ = work.__doc__

    def __get__(self, owner: object, kind: type | None = None) -> T:
        """Work it out, and keep it where it is found without asking here again."""
        found = owner.__dict__[self.name] = self.work(owner)
        return found
