"""What an administrator does with a connection beside its settings: a sample of its messages, a draft rehearsed."""
