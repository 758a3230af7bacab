"""The machine and, later, the measuring of speed."""
