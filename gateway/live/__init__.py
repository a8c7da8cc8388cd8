"""News to open pages: server-sent events for waiting employees and open waiting rooms, beside the web workers."""
