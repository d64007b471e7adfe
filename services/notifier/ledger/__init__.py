"""The notifier's books: what came in, who gets it, every attempt, every receipt, every status still to be told."""
