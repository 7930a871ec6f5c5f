"""Doors of the hub."""
