"""Settings of the router."""

from __future__ import annotations

from pydantic import Field

from services.runtime.settings import ServiceSettings


class RouterSettings(ServiceSettings):
    """What every service needs, and how far the router goes."""

    successors: bool = Field(
        default=True, description="deliver to the offices that stand in the place of abolished ones"
    )
