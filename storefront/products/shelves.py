"""Finding, and where there is none making, the category of a path of names."""

from storefront.cards import folding
from storefront.oscar_apps.catalogue.models import Category

Path = tuple[str, ...]


class Shelves:
    """The shop's categories by their names, read once.

    Two spellings that differ in letters' case, accents or blanks are one category.
    """

    def __init__(self) -> None:
        self._by_path: dict[str, Category] = {}
        self._by_names: dict[Path, Category] = {}
        for category in Category.objects.order_by("path"):
            self._remember(category, self._names_above(category))

    def find_or_make(self, names: Path) -> Category:
        """Return the category of a path of names, made with all above it if need be.

        Runs in the caller's transaction.
        """
        parent: Category | None = None
        above: Path = ()
        for name in names:
            known = self._by_names.get((*above, folding.fold(name)))
            if known is None:
                known = self._make(name, parent)
                self._remember(known, above)
            parent, above = known, (*above, folding.fold(name))
        if parent is None:
            raise ValueError("A category needs a name.")
        return parent

    def _make(self, name: str, parent: Category | None) -> Category:
        if parent is None:
            return Category.add_root(name=name)
        # Its count of children is read when it is asked for one more.
        parent.refresh_from_db()
        return parent.add_child(name=name)

    def _remember(self, category: Category, above: Path) -> None:
        self._by_path[category.path] = category
        self._by_names[*above, folding.fold(category.name)] = category

    def _names_above(self, category: Category) -> Path:
        step = Category.steplen
        paths = (category.path[:end] for end in range(step, len(category.path), step))
        return tuple(folding.fold(self._by_path[path].name) for path in paths)
