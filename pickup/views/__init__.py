"""The workspace's screens for orders and pickup."""
