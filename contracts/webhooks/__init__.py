"""What receivers of webhooks may take into their own code."""
