"""How fast a model would write here, told from how fast another one did: a token takes the time to read all weights once. Pure."""

FIXED = 0.010  # seconds a token that do not depend on the weights: to choose it among all the family's tokens


def about(size: int, other: int, measured: float) -> float:
    """Tokens a second of a model of `size` bytes on the runtime on which one of `other` bytes wrote `measured`; right within a factor of two."""
    taken = 1 / measured
    fixed = min(FIXED, taken / 2)
    return 1 / (fixed + (taken - fixed) * size / other)
