"""The employee's pages: her lists, the start page, the queue, the call and the note."""
