"""Which hosts are nobody's but one machine's. Standard library only."""

#: Names that are never sold (RFC 2606 and 6761), and loopback itself.
RESERVED = ("localhost", "test", "example", "invalid")


def is_local(domain: str) -> bool:
    """Say whether a network by this name cannot be found from outside."""
    return domain == "127.0.0.1" or domain.rpartition(".")[2] in RESERVED
