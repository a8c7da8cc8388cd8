"""Commands about connections on their way into force, and about what needs a second person."""
