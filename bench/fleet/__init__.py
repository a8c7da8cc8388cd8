"""Every process twice, behind nginx as it is shipped for several machines."""
