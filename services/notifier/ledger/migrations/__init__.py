"""How the schema of the ledger grew."""
