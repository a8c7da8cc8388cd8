"""``laegebro init``: from a few answers to the files of an installation, secrets among them."""
