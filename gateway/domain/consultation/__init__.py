"""The consultation and its moves, from draft to closed."""
