"""The design system: tokens, components, icons and themes of every surface."""
