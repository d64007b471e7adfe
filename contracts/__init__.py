"""The words the services share: message models, topic declarations, identity and envelope.

Nothing here performs input or output beyond reading its own data files, so every service, the
command line and an integrator may import it.
"""
