"""Grading a whole class: what was handed in, the gradebook, and the running."""
