"""What is kept and how: keys and their rotation, copies of the keys, dumps."""
