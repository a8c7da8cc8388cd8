"""The practice's side of the queue, and what its systems claim."""
