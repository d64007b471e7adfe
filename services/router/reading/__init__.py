"""Reads a recipient line: characters to tokens, tokens to clauses. Knows words, not who is meant by them."""
