"""The dated directory of offices: units of the country, bodies of each unit, offices of the centre."""

from services.router.directory.load import load_directory
from services.router.directory.model import Office, Position, Template, Unit
from services.router.directory.offices import Directory

__all__ = ["Directory", "Office", "Position", "Template", "Unit", "load_directory"]
