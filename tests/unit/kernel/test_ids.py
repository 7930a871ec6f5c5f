"""Names nobody can guess, and that no log tells."""

from kernel import ids
from quickcart.observability import scrubbing


def test_no_log_tells_a_reference():
    """One in four hundred of sixteen letters and digits would have no digit."""
    references = [ids.random_reference() for _each in range(5_000)]

    shown = [each for each in references if each in scrubbing.scrub(f"/orders/{each}/")]
    assert shown == []
    assert len(set(references)) == len(references)
