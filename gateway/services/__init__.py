"""One module per step of the way, plain functions, ports as keyword arguments."""
