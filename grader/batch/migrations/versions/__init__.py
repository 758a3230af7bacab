"""The steps, each named by its number; each says which one comes before it."""
