"""Nosepieces of every make."""
