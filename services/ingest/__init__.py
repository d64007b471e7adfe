"""Takes documents in, reads the notices in them and publishes what they say."""
