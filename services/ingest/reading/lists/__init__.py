"""Lists of offices and what stands beside them (boxes 7 and 9): addressees, recipients, purposes, signature."""
