"""The benches of care systems, one module for each adapter that files notes."""
