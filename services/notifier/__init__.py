"""Assignments in, deliveries and receipts out: the notifier keeps at it until the office has its copy."""
