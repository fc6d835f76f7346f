"""Cameras of every make; `hardware.cameras.known` lists them and makes one by name."""
