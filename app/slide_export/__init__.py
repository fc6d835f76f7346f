"""A slide of the case store, written to a folder as ``her2scope score`` writes one."""
