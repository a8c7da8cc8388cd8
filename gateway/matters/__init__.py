"""An organisation's own matters, as the console and the commands show them: the same reading for both."""
