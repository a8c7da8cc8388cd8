"""A care system with a hypermedia API like KMD Nexus': citizens, pathways, forms by prototype and action."""
