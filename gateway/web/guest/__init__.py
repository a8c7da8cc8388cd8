"""What a guest of a call sees: a relative, an interpreter or a second clinician who came by a link."""
