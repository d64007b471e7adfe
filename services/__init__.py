"""The services. Each reads like its journey: app.py wires, handlers.py orchestrates, the rest decides or adapts."""
