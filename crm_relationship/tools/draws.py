"""Draws that are the same whenever they are made. Plain Python, no ORM."""

import hashlib

# Of the first bytes of a hash; so many give as many values as a float can hold.
_BYTES = 7


def draw(seed: str, customer_id: int, purpose: str = "") -> float:
    """A number of [0, 1) that depends on nothing but what it is drawn from.

    :param purpose: draws for different purposes have nothing to do with each other
    """
    text = f"{seed}|{purpose}|{customer_id}" if purpose else f"{seed}|{customer_id}"
    digest = hashlib.sha256(text.encode()).digest()
    return int.from_bytes(digest[:_BYTES]) / 256**_BYTES


def is_held_out(seed: str, customer_id: int, share: float) -> bool:
    """Whether a customer is among those that are left alone.

    Whoever is left alone at a share is so at every larger one.

    :param share: in percent
    """
    return share > 0 and draw(seed, customer_id) * 100 < share


def day_of_turn(seed: str, customer_id: int, days: int) -> int:
    """On which of so many days, 0 to ``days`` - 1, it is a customer's turn.

    It has nothing to do with who is held out.
    """
    return int(draw(seed, customer_id, "spread") * days)
