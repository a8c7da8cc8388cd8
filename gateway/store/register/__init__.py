"""National registers: providers, organisation units, insured citizens."""
