"""What docs/operations.md has people type."""

import re
import textwrap
from pathlib import Path

HANDBOOK = Path(__file__).parents[2] / "docs/operations.md"


def blocks(heading: str) -> list[str]:
    """Return the blocks of commands under a heading, those of its steps, too.

    Args:
        heading: with its marks.
    """
    text = HANDBOOK.read_text().partition(f"\n{heading}\n")[2]
    section = re.split(r"^##", text, flags=re.MULTILINE)[0]
    found = re.findall(r"^ *```\n(.*?)^ *```$", section, re.MULTILINE | re.DOTALL)
    return [textwrap.dedent(block) for block in found]
