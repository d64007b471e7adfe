"""When offices work: days off, swapped days, and what a moment means in working days."""
