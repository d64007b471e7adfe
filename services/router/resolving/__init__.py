"""Says who is meant: clauses and the issuer's context to offices, with a named reason for what stays open."""
