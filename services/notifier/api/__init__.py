"""What operators, integrators and offices ask of the notifier over HTTP."""
