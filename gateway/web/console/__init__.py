"""The administrator's console: connections, messages, what asks for a hand."""
