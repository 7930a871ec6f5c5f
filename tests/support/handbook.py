"""What docs/operations.md has people type."""

import re
from pathlib import Path

HANDBOOK = Path(__file__).parents[2] / "docs/operations.md"


def blocks(heading: str) -> list[str]:
    """Return the blocks of commands under a heading, which is given with its marks."""
    text = HANDBOOK.read_text().partition(f"\n{heading}\n")[2]
    section = re.split(r"^##", text, flags=re.MULTILINE)[0]
    return re.findall(r"^```\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
