"""One bench per adapter: the simulator it is tried against, as a process, and hands on the other side."""
