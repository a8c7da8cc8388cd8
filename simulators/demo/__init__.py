"""The whole product on one machine: real processes on free ports, beside the simulators, with invented people."""
