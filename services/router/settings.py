"""Settings of the router."""

from __future__ import annotations

from services.runtime.settings import ServiceSettings


class RouterSettings(ServiceSettings):
    """The router needs what every service needs."""
