"""Where siblings meet: the protocols that services call and that store, master data and adapters implement."""
