"""What the body tells whom to do: names of bodies, verbs of duty, deadlines, clauses that say for whom it is."""
