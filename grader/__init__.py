"""pargrade: an automated grader for parallel Python exercises."""

__version__ = "0.1.0"
