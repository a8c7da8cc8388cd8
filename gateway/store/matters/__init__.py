"""What an organisation sees of its own use: counted, without persons."""
