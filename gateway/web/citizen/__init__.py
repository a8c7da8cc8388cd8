"""The citizen's page on a device that was handed over."""
