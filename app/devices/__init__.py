"""Looking around for devices and trying one, for the terminal and, later, for a panel."""
