"""Words about what happens during the talk."""
