"""The steps of the schema, in order. Each goes forward only, and is tested from the step before it."""
