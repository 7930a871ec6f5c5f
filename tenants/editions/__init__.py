"""What stands on a shop's pages, by a name that changes with it.

Each schema has one row that names its *edition*. Triggers on the tables whose rows
are seen by everybody give it a new name in the transaction that changes them
(`watching`). Whatever is made of those tables may be kept under that name and needs
no other rule to go: parts of pages (`parts`) and whole pages (`store`, `middleware`).
See docs/decisions/0010-pages-cached-by-version.md.
"""
