"""How much there is to buy, as a card says it: plenty, a few, none."""

from dataclasses import dataclass

from storefront.cards.models import ProductCard

#: "A few" where the shopkeeper set no threshold.
FEW = 5


@dataclass(frozen=True, slots=True)
class Stock:
    """What is left for the next customer, of a product that is counted or not."""

    is_tracked: bool
    in_stock: int | None
    allocated: int | None
    threshold: int | None

    @property
    def left(self) -> int:
        return max((self.in_stock or 0) - (self.allocated or 0), 0)

    @property
    def state(self) -> ProductCard.StockState:
        if not self.is_tracked:
            return ProductCard.StockState.IN
        if not self.left:
            return ProductCard.StockState.OUT
        few = FEW if self.threshold is None else self.threshold
        if self.left <= few:
            return ProductCard.StockState.LOW
        return ProductCard.StockState.IN

    @property
    def shown_left(self) -> int | None:
        """The number a card tells: none when there is plenty."""
        return None if self.state == ProductCard.StockState.IN else self.left
