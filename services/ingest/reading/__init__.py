"""Reads official notices."""
from services.ingest.reading.unreadable import Unreadable
