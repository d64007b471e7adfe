"""Settings of the router."""

from __future__ import annotations

from pydantic import Field

from services.runtime.settings import ServiceSettings


class RouterSettings(ServiceSettings):
    """What every service needs, and how far the router goes."""

    disseminate: bool = Field(
        default=False, description="send also to those that a notice says it is to be passed on to"
    )
    tasked_not_listed: bool = Field(default=False, description="send also to who has a task and stands in no line")
    implied: bool = Field(
        default=False, description="where a list was cut, send also to those of whom the closing formula speaks"
    )
    successors: bool = Field(
        default=True, description="deliver to the offices that stand in the place of abolished ones"
    )
