"""What is the same everywhere, by subject; `quickcart.settings.base` puts it together."""
