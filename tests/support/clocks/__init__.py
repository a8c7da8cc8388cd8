"""The suite under another clock: the moments, the library that moves every clock, and which tests read one."""
