import pytest
from factories import staff

from accounts.roles import Role


@pytest.fixture
def editor(shop):
    """A browser with an editor of alder signed in."""
    return staff.signed_in(staff.a_member(Role.EDITOR))


@pytest.fixture
def owner(shop):
    """A browser with alder's owner signed in."""
    return staff.signed_in(staff.a_member(Role.OWNER))
