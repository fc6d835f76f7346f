"""Looking around for devices, trying one, and the stations that are made of them."""
