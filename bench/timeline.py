"""The timeline of a customer, with a short history and with a very long one."""

import statistics

from .population_contacts import CHANNELS
from .timing import Row, Stopwatch, interleaved, queries, ratio_row

SHORT, LONG = 100, 100_000
REPEATS = 40
# The same time; what differs is the noise of the machine.
BUDGET = 1.2
TEXT = "hydrangea"  # in none of them: the whole history is searched


def measure_timeline(world):
    """Read pages of both histories as the salesperson of the customers."""
    short, long = customers = _customers_of_a_seller(world)
    _insert(world, {short: SHORT, long: LONG})
    try:
        rows = []
        rows += _compare("first page of the timeline", world, customers, {})
        rows += _compare(
            "a later page of the timeline", world, customers, {"later": True}
        )
        rows += _compare(
            "first page, one channel", world, customers, {"channel": "email"}
        )
        rows.append(_search_row(world, long))
    finally:
        _remove(world, customers)
    return rows


def _customers_of_a_seller(world):
    with world.env() as env:
        seller = env["res.users"].search([("login", "=", "seller0")])
        customers = env["res.partner"].search(
            [("user_id", "=", seller.id)], limit=2, order="id"
        )
        env["relationship.profile"]._refresh(env.company, customers.ids)
        env.cr.commit()
        return customers.ids


def _compare(what, world, customers, options):
    reads = [_Page(world, customer, **options) for customer in customers]
    short, long = interleaved(REPEATS, *reads, warm_up=3)
    counts = [statistics.median(read.counts) for read in reads]
    return [
        ratio_row(f"{what}, {LONG:,} / {SHORT}", BUDGET, long, short),
        Row(
            f"{what}: queries, more with {LONG:,}",
            counts[1] - counts[0],
            "more",
            0,
            f"{counts[1]:.0f} against {counts[0]:.0f}",
        ),
    ]


def _search_row(world, customer):
    read = _Page(world, customer, text=TEXT)
    seconds = statistics.median(read() for _repeat in range(3))
    return Row(f"text found in none of {LONG:,}", seconds * 1000, "ms", None, "")


class _Page:
    """Reads a page in a request of its own."""

    def __init__(self, world, customer, *, later=False, channel=None, text=None):
        self._world, self._customer = world, customer
        self.counts = []
        self._options = {"filters": {}}
        with world.env(su=False) as env:
            if channel:
                channel_id = env.ref(f"crm_relationship.channel_{channel}").id
                self._options["filters"]["channel_ids"] = [channel_id]
            if text:
                self._options["filters"]["text"] = text
            if later:
                self._options["cursor"] = self._read(env)["cursor"]

    def __call__(self):
        with self._world.env(su=False) as env, queries() as count:
            with Stopwatch() as watch:
                self._read(env)
            self.counts.append(count())
        return watch.seconds

    def _read(self, env):
        seller = env["res.users"].search([("login", "=", "seller0")])
        Interaction = env(user=seller)["relationship.interaction"]
        return Interaction.get_timeline(partner_id=self._customer, **self._options)


def _insert(world, numbers):
    """Give customers so many interactions each, of one a minute back from now."""
    with world.env() as env:
        channels = [env.ref(f"crm_relationship.channel_{code}").id for code in CHANNELS]
        for customer, number in numbers.items():
            env.cr.execute(
                """
                DELETE FROM relationship_interaction WHERE customer_id = %(customer)s;
                INSERT INTO relationship_interaction (
                    partner_id, customer_id, company_id, date, channel_id, direction,
                    kind, source, is_contact, user_id, raw_subject
                )
                SELECT %(customer)s, %(customer)s, %(company)s,
                       NOW() AT TIME ZONE 'UTC' - n * INTERVAL '1 minute',
                       (%(channels)s::int[])[1 + n %% cardinality(%(channels)s::int[])],
                       CASE n %% 2 WHEN 0 THEN 'in' ELSE 'out' END,
                       'message', 'manual', TRUE, %(user)s, 'Message ' || n
                  FROM generate_series(1, %(number)s) n
                """,
                {
                    "customer": customer,
                    "company": env.company.id,
                    "channels": channels,
                    "user": env.uid,
                    "number": number,
                },
            )
        env.cr.commit()
    world.vacuum("relationship_interaction")


def _remove(world, customers):
    with world.env() as env:
        env.cr.execute(
            "DELETE FROM relationship_interaction WHERE customer_id = ANY(%s)",
            [customers],
        )
        env.cr.commit()
    world.vacuum("relationship_interaction")
