"""`make up` and its relatives: from a fresh clone to a running network.

What runs before the virtual environment exists (`__main__`, `console`, `errors`,
`toolchain`, `browser`) uses the standard library alone; the rest is imported only
after the launcher has started itself again inside the environment.
"""
