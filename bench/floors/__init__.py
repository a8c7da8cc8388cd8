"""What the libraries alone cost: the floors that our adapters and importers are compared with."""
