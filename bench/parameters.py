"""What a bench can be asked for. Needs neither Odoo nor a database."""

import json
from dataclasses import asdict, dataclass

# The measures, in the order they are taken: the first needs a process that has done
# nothing yet.
MEASURES = (
    "memory",
    "full",
    "incremental",
    "confirm",
    "invoice",
    "message",
    "form",
    "rule",
    "rules",
    "activities",
    "timeline",
    "kanban",
    "place",
    "duplicates",
    "value",
)
# Those that take a second database, without the add-on.
COMPARED = {"confirm", "invoice", "message", "form"}
# A database says under this key of ``ir_config_parameter`` what it was filled with.
KEY = "relationship_bench.population"
# Changes whenever the generator gives another population for the same numbers.
VERSION = 4


@dataclass(frozen=True)
class Population:
    """What to generate.

    :param second_share: share of the customers who buy from a second company, 0..1
    """

    customers: int
    orders: int
    second_share: float = 0.0
    version: int = VERSION

    def as_text(self):
        return json.dumps(asdict(self), sort_keys=True)


def compares(names):
    """Tell whether the measures of those names (none: all) take a second database."""
    return not COMPARED.isdisjoint(names or MEASURES)
