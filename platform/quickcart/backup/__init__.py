"""Backups of the network and of one shop, and the rehearsal of a restore."""
