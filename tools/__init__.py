"""Programs for those who build the product; none of them is installed with it."""
