"""Foot pedals of every make."""
