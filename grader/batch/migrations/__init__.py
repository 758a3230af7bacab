"""How the database of an older gradebook becomes that of today, one step a file, in ``versions``."""
