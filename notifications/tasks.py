"""Wake-ups of the relay."""
