"""What every table stands on: engine, columns, encryption at rest, row-level walls."""
