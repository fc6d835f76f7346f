"""Pixel size from a picture of a stage micrometer."""
