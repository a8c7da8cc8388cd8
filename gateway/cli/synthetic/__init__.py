"""``laegebro synthetic``: one whole consultation about an official test person, on a deployment in use."""
