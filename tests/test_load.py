"""script/load: the real command on small files, and on the real file where it is."""

import csv
import json
import math
import os
import random
import signal
import subprocess
import time
from collections import Counter
from contextlib import closing, contextmanager
from dataclasses import fields
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import funnel_replay
import psycopg2
import purchase_facts
import pytest

from devenv import databases, environment, paths, postgres

EXTRACT = Path(__file__).with_name("data") / "online_retail_extract.csv"
REAL_FILE = paths.ROOT.parent / "shared/data/online_retail_II_year1.csv.gz"
HEADER = "customer_id,invoice,date,product,qty,unit_price"
KILL_SECONDS = 120

# Columns in which an order of the loader may differ from one that the ORM made.
FREE_ORDER_COLUMNS = {
    # Recorded at the confirmation; past orders are numbered in the background.
    "relationship_confirmed_stage_id",
    "relationship_confirmed_segment_id",
    "relationship_ordinal",
    "relationship_order_kind",
    "id",
    "name",  # both from the sequence
    "create_date",
    "write_date",
    "write_uid",  # the superuser, where the shell flushes
    "validity_date",  # of a quotation; makes no sense for an order of years ago
}
FREE_LINE_COLUMNS = {"id", "order_id", "create_date", "write_date", "write_uid"}
FREE_NOTE_COLUMNS = {
    "id",
    "name",  # both from the sequence
    "sequence_number",
    "create_date",
    "write_date",
    "write_uid",
    "invoice_date_due",  # Odoo says today; makes no sense for a note of years ago
}
FREE_ITEM_COLUMNS = {
    "id",
    "move_id",
    "move_name",
    "create_date",
    "write_date",
    "write_uid",
    "date_maturity",
}


class Loader:
    """The command, on one database."""

    def __init__(self, database, folder):
        self.database = database
        self.folder = folder

    def command(self, path):
        return [paths.ROOT / "script/load", path, f"--database={self.database}"]

    def run(self, path):
        """Load a file and return the counts of the summary by their names."""
        done = subprocess.run(
            self.command(path), cwd=self.folder, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return dict(_counts(done.stdout))

    def load(self, *lines, header=HEADER, name="history.csv"):
        """Write a file of these lines and load it."""
        return self.run(self.write(*lines, header=header, name=name))

    def write(self, *lines, header=HEADER, name="history.csv"):
        path = self.folder / name
        path.write_text("\n".join([header, *lines, ""]))
        return path

    def rejects(self, name="history"):
        """Return the rows of the rejects file as dictionaries."""
        with (self.folder / f"{name}.rejects.csv").open(newline="") as stream:
            return list(csv.DictReader(stream))


def _counts(text):
    for line in text.splitlines():
        name, count = line[:45].strip(), line[45:].split()[0]
        yield name, int(count.replace(",", ""))


@pytest.fixture(scope="module", autouse=True)
def set_up():
    environment.ensure()


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """Return the name of a database that the command has made, with the extract."""
    name = f"relationship_load_{os.getpid()}"
    subprocess.run(
        [paths.ROOT / "script/load", EXTRACT, f"--database={name}"],
        cwd=tmp_path_factory.mktemp("extract"),
        check=True,
    )
    yield name
    databases.drop(name)


@pytest.fixture
def loader(loaded, tmp_path):
    return Loader(loaded, tmp_path)


@pytest.fixture
def query(loaded):
    with connected(loaded) as run:
        yield run


@contextmanager
def connected(database):
    """Yield a function that runs SQL in a database and returns the rows."""
    with closing(psycopg2.connect(dbname=database)) as connection:
        connection.autocommit = True

        def run(sql, *parameters):
            with connection.cursor() as cr:
                cr.execute(sql, parameters)
                return cr.fetchall() if cr.description else None

        yield run


def orders_in(query, prefix):
    """Return {invoice: (customer, local time, amount, [lines])} of the database."""
    rows = query(
        """
        SELECT o.client_order_ref, p.ref, o.date_order::text, o.amount_untaxed,
               array_agg(
                   concat_ws(' ', t.default_code, l.product_uom_qty, l.price_unit)
                   ORDER BY l.id
               )
          FROM sale_order o
          JOIN res_partner p ON p.id = o.partner_id
          JOIN sale_order_line l ON l.order_id = o.id
          JOIN product_product t ON t.id = l.product_id
         WHERE starts_with(o.client_order_ref, %s)
         GROUP BY 1, 2, 3, 4
        """,
        prefix,
    )
    return {invoice: tuple(order) for invoice, *order in rows}


def credits_in(query, prefix):
    """Return {reference: (customer, day, amount, [lines])} of the credit notes."""
    rows = query(
        """
        SELECT m.ref, p.ref, m.invoice_date::text, m.amount_untaxed,
               array_agg(
                   concat_ws(' ', t.default_code, l.quantity, l.price_unit)
                   ORDER BY l.id
               )
          FROM account_move m
          JOIN res_partner p ON p.id = m.commercial_partner_id
          JOIN account_move_line l ON l.move_id = m.id AND l.display_type = 'product'
          JOIN product_product t ON t.id = l.product_id
         WHERE starts_with(m.ref, %s)
           AND m.move_type = 'out_refund'
           AND m.state = 'posted'
         GROUP BY m.id, p.id
        """,
        prefix,
    )
    assert len({row[0] for row in rows}) == len(rows)
    return {ref: tuple(note) for ref, *note in rows}


def facts_in(query, customers):
    """Return {customer: Facts} of the profiles that have an order."""
    rows = query(
        f"""
        SELECT c.ref, {_columns(purchase_facts.Facts, "p")}
          FROM relationship_profile p
          JOIN res_partner c ON c.id = p.partner_id
         WHERE c.ref = ANY(%s) AND p.order_count > 0
        """,
        list(customers),
    )
    return {customer: purchase_facts.Facts(*facts) for customer, *facts in rows}


def product_facts_in(query, customers):
    """Return {(customer, product): ProductFacts} of the profiles."""
    rows = query(
        f"""
        SELECT c.ref, t.default_code, {_columns(purchase_facts.ProductFacts, "p")}
          FROM relationship_profile_product p
          JOIN res_partner c ON c.id = p.partner_id
          JOIN product_product t ON t.id = p.product_id
         WHERE c.ref = ANY(%s)
        """,
        list(customers),
    )
    assert len({row[:2] for row in rows}) == len(rows)
    return {tuple(row[:2]): purchase_facts.ProductFacts(*row[2:]) for row in rows}


def check_scores(query, lines):
    """Compare the scores of every customer with what pandas says.

    :return: number of customers
    """
    expected = purchase_facts.scores_of(purchase_facts.facts_of(lines))
    rows = query(
        """
        SELECT c.ref, recency_score, frequency_score, value_score
          FROM relationship_profile p
          JOIN res_partner c ON c.id = p.partner_id
         WHERE p.order_count > 0
        """
    )
    assert {customer: scores for customer, *scores in rows} == expected
    return len(expected)


def _columns(facts, table):
    return ", ".join(f"{table}.{field.name}" for field in fields(facts))


def check_facts(query, lines):
    """Compare every fact of every customer of these lines.

    :return: number of customers, number of their products
    """
    customers = {line["customer_id"] for line in lines}
    facts = purchase_facts.facts_of(lines)
    products = purchase_facts.product_facts_of(lines)
    _check_same(facts_in(query, customers), facts)
    _check_same(product_facts_in(query, customers), products)
    return len(facts), len(products)


def check_credits(query, lines):
    """Compare the customer, the day and the amount of every credit note."""
    found = {ref: list(note[:3]) for ref, note in credits_in(query, "C").items()}
    assert found == {
        invoice: [customer, str(day), amount]
        for customer, credits in purchase_facts.credits_of(lines).items()
        for invoice, [day, amount] in credits.items()
    }


def _check_same(found, expected):
    assert found.keys() == expected.keys()
    wrong = {
        key: (found[key], facts)
        for key, facts in expected.items()
        if not all(map(_same, vars(found[key]).values(), vars(facts).values()))
    }
    assert not wrong


def _same(found, expected):
    if isinstance(expected, float) and found is not None:
        return math.isclose(found, expected, rel_tol=1e-9)
    return found == expected


def test_every_fact_of_the_real_extract_is_right(query):
    assert check_facts(query, purchase_facts.read(EXTRACT)) == (8, 31)


def test_habits_of_all_kinds_are_right(loader, query):
    """Thousands of orders, many of them at the customer's own time of day and on two
    weekdays; products that are bought often, once, or for nothing."""
    dice = random.Random(7)
    lines = []
    for n in range(3000):
        day = date(2020, 1, 6) + timedelta(dice.choice((0, 3, dice.randrange(7))))
        day += timedelta(weeks=dice.randrange(60))
        customer = dice.randrange(150) * dice.randrange(150) // 150
        hour = dice.choice(((9, 14, 20, 2)[customer % 4], dice.randrange(24)))
        at = f"{day}T{hour:02}:{n % 60:02}"
        lines += [
            f"h{customer},H{n},{at},H{dice.choice((product, 1 + dice.randrange(300)))},"
            f"{dice.randrange(1, 9)},{dice.choice(('0', '0.004', '1.005', '2.5'))}"
            for product in range(dice.randrange(1, 6))
        ]
        if not n % 4:
            # Of some customers more is taken back than they have bought.
            price = f"{9 * (n % 7)}.005"
            lines.append(f"h{customer},CH{n},{at},H{customer},-{1 + n % 3},{price}")
    path = loader.write(*lines)
    loader.run(path)
    customers, products = check_facts(query, lines := purchase_facts.read(path))
    assert customers > 100 and products > 3000
    facts = purchase_facts.facts_of(lines).values()
    assert min(of_one.revenue for of_one in facts) < 0
    assert min(of_one.refund_amount for of_one in facts) == 0
    assert {None, "1", "4"} <= {of_one.usual_weekday for of_one in facts}
    parts = {of_one.usual_day_part for of_one in facts}
    assert parts == {None, "morning", "afternoon", "evening", "night"}
    states = Counter(
        habit.state for habit in purchase_facts.product_facts_of(lines).values()
    )
    assert min(states[state] for state in ("usual", "occasional", "once")) > 100


def test_time_since_the_last_order_follows_from_the_day_of_the_refresh(query):
    rows = query(
        """
        SELECT p.days_since_order, r.as_of - p.last_order_date,
               p.rhythm_ratio::float,
               (r.as_of - p.last_order_date) / p.interval_median::float
          FROM relationship_profile p, relationship_refresh r
         WHERE p.order_count > 0
           AND r.id = (SELECT max(id) FROM relationship_refresh)
        """
    )
    assert rows
    for days, expected_days, ratio, expected_ratio in rows:
        assert days == expected_days
        assert ratio == pytest.approx(expected_ratio)


def test_an_order_of_nothing_is_loaded_and_does_not_count(query):
    [[state, amount]] = query(
        "SELECT state, amount_total FROM sale_order WHERE client_order_ref = '497819'"
    )
    assert (state, amount) == ("sale", 0)
    assert facts_in(query, ["14103"]) == {}


def test_customers_and_products_are_complete(query):
    [partner] = query(
        """
        SELECT p.name, p.is_company, p.customer_rank, c.code
          FROM res_partner p LEFT JOIN res_country c ON c.id = p.country_id
         WHERE p.ref = '16047'
        """
    )
    assert partner == ("Customer 16047", True, 1, "IE")
    [product] = query(
        """
        SELECT t.type, t.sale_ok FROM product_product p
          JOIN product_template t ON t.id = p.product_tmpl_id
         WHERE p.default_code = '85036A'
        """
    )
    assert product == ("consu", True)


def test_names_follow_the_dates(query):
    rows = query(
        "SELECT name FROM sale_order WHERE client_order_ref ~ '^[0-9]{6}$' "
        "ORDER BY date_order, client_order_ref"
    )
    assert rows == sorted(rows)
    assert len(rows) == len(set(rows))


DIRTY = {
    ",D1,2020-01-01,P1,1,1": "no customer",
    ",C9,2020-01-01,P1,-1,1": "no customer",
    "d1,C9,2020-01-01,P1,1,1": "cancellation without a negative quantity",
    "d1,C9,2020-01-01,P1,0,1": "cancellation without a negative quantity",
    "d1,C9,2020-01-01,P1,-1,-1": "bad number",
    "d1,C9,01/02/2020,P1,-1,1": "bad date",
    "d1,D1,2020-01-01,P1,-1,1": "cancellation",
    "d1,D1,01/02/2020,P1,1,1": "bad date",
    "d1,D1,2020-01-01,P1,one,1": "bad number",
    "d1,D1,2020-01-01,P1,1,inf": "bad number",
    "d1,D1,2020-01-01,P1,1,-1": "bad number",
    "d1,D1,2020-01-01,,1,1": "missing product or invoice",
    "d1,,2020-01-01,P1,1,1": "missing product or invoice",
    "d1,D1,2020-01-01,P1,1": "wrong number of columns",
}


def test_lines_that_cannot_be_taken_are_counted_and_kept(loader, query):
    good = "d1,D1,2020-01-01,P1,2.5,0.33"
    counts = loader.load(
        good, *DIRTY, "d2,D1,2020-01-01,P1,1,1", 'd1,D1,2020-01-01,"P,""1",1,1'
    )
    reasons = Counter(DIRTY.values()) + Counter(["invoice belongs to another customer"])
    assert {name: counts[name] for name in reasons} == reasons
    assert counts["lines read"] == len(DIRTY) + 3
    assert counts["lines loaded"] == 2
    assert counts["lines rejected"] == len(DIRTY) + 1
    assert counts["orders loaded"] == counts["customers of these lines"] == 1
    assert counts["credit notes loaded"] == 0
    rejects = loader.rejects()
    assert [row["reason"] for row in rejects[:-1]] == list(DIRTY.values())
    assert [int(row["line_number"]) for row in rejects] == list(
        range(3, 4 + len(DIRTY))
    )
    assert rejects[-1]["customer_id"] == "d2"
    # 2.5 times 0.33 is 0.825: half a penny goes up.
    assert orders_in(query, "D") == {
        "D1": (
            "d1",
            "2020-01-01 00:00:00",
            Decimal("1.83"),
            ["P1 2.50 0.33", 'P,"1 1.00 1'],
        )
    }


def test_a_file_that_is_not_sorted_gives_the_same_orders(loader, query):
    def lines(prefix):
        return [
            f"{prefix}{n % 5},{prefix}{n % 20},"
            f"2021-03-{1 + n % 20:02}T10:{59 - n // 20},P{n},{n + 1},0.{n:03}"
            for n in range(100)
        ]

    mixed = lines("n")
    random.Random(1).shuffle(mixed)
    loader.load(*lines("m"))
    counts = loader.load(*mixed)
    assert counts["orders loaded"] == 20

    def comparable(prefix):
        return {
            invoice[1:]: (customer[1:], time, amount, sorted(of_order))
            for invoice, (customer, time, amount, of_order) in orders_in(
                query, prefix
            ).items()
        }

    assert comparable("n") == comparable("m")
    assert comparable("m")["7"][1] == "2021-03-08 10:55:00"


def test_a_second_run_adds_nothing(loader, query):
    lines = [f"s{n % 3},S{n % 7},2022-01-0{1 + n % 7},P1,1,{n}" for n in range(20)]
    # Line n has customer n % 3 and invoice n % 7: only the first customer's count.
    first = loader.load(*lines)
    rejected = loader.rejects()
    before = orders_in(query, "S")
    second = loader.load(*lines)
    assert first["lines loaded"] == second["lines already loaded"] > 0
    assert first["lines rejected"] == second["lines rejected"] > 0
    assert second["orders already loaded"] == 7
    assert second["lines loaded"] == second["orders loaded"] == 0
    assert loader.rejects() == rejected
    assert orders_in(query, "S") == before


def test_a_longer_file_adds_what_is_new(loader, query):
    loader.load("l1,L1,2022-01-01,P1,1,1")
    counts = loader.load("l1,L1,2022-01-01,P1,1,1", "l1,L2,2022-02-01,P2,1,1")
    assert counts["orders loaded"] == 1
    assert "products of these lines" in counts
    assert query("SELECT count(*) FROM res_partner WHERE ref = 'l1'") == [(1,)]
    assert facts_in(query, ["l1"])["l1"].order_count == 2


def test_a_customer_of_the_database_is_found_by_its_reference(loader, query):
    query("UPDATE res_partner SET ref = 'own' WHERE id = 1")
    counts = loader.load("own,O1,2022-01-01,P1,1,1")
    assert counts["customers of these lines"] == 1
    assert query("SELECT partner_id FROM sale_order WHERE client_order_ref = 'O1'") == [
        (1,)
    ]


def test_a_killed_load_is_finished_by_the_next_one(loader, query):
    lines = [
        f"k{n % 500},K{n % 4000},2020-{1 + n % 12:02}-{1 + n % 28:02},P{n % 40},1,{n}"
        for n in range(24_000)
    ]
    path = loader.write(*lines)
    process = subprocess.Popen(loader.command(path), cwd=loader.folder)
    count = "SELECT count(*) FROM sale_order WHERE client_order_ref LIKE 'K%%'"
    deadline = time.monotonic() + KILL_SECONDS
    while not query(count)[0][0]:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    [[committed]] = query(count)
    assert 0 < committed < 4000

    counts = loader.run(path)
    assert counts["orders already loaded"] >= committed
    assert counts["orders loaded"] + counts["orders already loaded"] == 4000
    found = orders_in(query, "K")
    assert sum(len(order[-1]) for order in found.values()) == len(lines)
    assert {invoice: order[2] for invoice, order in found.items()} == {
        f"K{n}": sum(range(n, 24_000, 4000)) for n in range(4000)
    }
    names = "SELECT count(*), count(DISTINCT name) FROM sale_order"
    assert len(set(*query(names))) == 1
    for column, table in (("ref", "res_partner"), ("default_code", "product_product")):
        sql = f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL"
        assert max(Counter(query(sql)).values()) == 1
    assert check_facts(query, purchase_facts.read(path))[0] == 500


def test_cancellations_become_posted_credit_notes(loader, query):
    counts = loader.load(
        "r1,R1,2022-01-03 10:00,R-P,10,2.5",
        "r1,CR2,2022-02-03 23:30,R-P,-2,2.5",
        "r1,CR2,2022-02-03 23:30,R-Q,-1,0.335",
        "r1,CR3,2022-02-04,R-P,-3,0",
        "r2,CR4,2022-02-05,R-P,-1,2.5",
        "r2,CR4,2022-02-05,R-P,1,2.5",
    )
    assert counts["lines loaded"] == 5
    assert counts["cancellation without a negative quantity"] == 1
    assert counts["orders loaded"] == 1
    assert counts["credit notes loaded"] == 3
    assert credits_in(query, "CR") == {
        "CR2": (
            "r1",
            "2022-02-03",
            Decimal("5.34"),
            ["R-P 2.00 2.5", "R-Q 1.00 0.335"],
        ),
        "CR3": ("r1", "2022-02-04", 0, ["R-P 3.00 0"]),
        "CR4": ("r2", "2022-02-05", Decimal("2.50"), ["R-P 1.00 2.5"]),
    }
    [facts] = facts_in(query, ["r1", "r2"]).values()
    assert (facts.order_count, str(facts.last_order_date)) == (1, "2022-01-03")
    assert (facts.revenue, facts.refund_amount) == (
        Decimal("19.66"),
        Decimal("5.34"),
    )
    # Who only cancelled has bought nothing here, and so has no revenue to take off.
    assert query(
        "SELECT p.order_count, p.revenue, p.refund_amount FROM relationship_profile p"
        " JOIN res_partner c ON c.id = p.partner_id WHERE c.ref = 'r2'"
    ) == [(0, 0, 0)]
    # What is sold costs what it was sold for, not what was once paid back for it.
    assert query(
        "SELECT t.list_price FROM product_product p"
        " JOIN product_template t ON t.id = p.product_tmpl_id"
        " WHERE p.default_code = 'R-P'"
    ) == [(2.5,)]


def test_credit_notes_balance_and_have_numbers_without_gaps(query):
    assert not query(
        "SELECT move_id FROM account_move_line"
        " GROUP BY move_id HAVING SUM(balance) != 0"
    )
    assert (
        query(
            """
        SELECT sequence_prefix FROM account_move
         GROUP BY sequence_prefix
        HAVING MAX(sequence_number) != COUNT(DISTINCT sequence_number)
            OR COUNT(DISTINCT name) != COUNT(*)
            OR MIN(sequence_number) != 1
        """
        )
        == []
    )
    [[count]] = query("SELECT COUNT(*) FROM account_move")
    assert count > 12


def test_a_second_run_adds_no_credit_note(loader, query):
    lines = [f"t{n % 3},CT{n % 6},2022-01-0{1 + n % 6},P1,-1,{n}" for n in range(20)]
    lines.append("t9,CT0,2022-01-01,P1,-1,1")
    first = loader.load(*lines)
    before = credits_in(query, "CT")
    second = loader.load(*lines)
    assert first["credit notes loaded"] == 6
    assert first["lines loaded"] == second["lines already loaded"] == 20
    assert second["credit notes already loaded"] == 6
    assert second["lines loaded"] == second["credit notes loaded"] == 0
    for counts in (first, second):
        assert counts["invoice belongs to another customer"] == 1
    assert credits_in(query, "CT") == before

    # What somebody has cancelled by hand since, stays cancelled.
    query("UPDATE account_move SET state = 'cancel' WHERE ref = 'CT0'")
    third = loader.load(*lines, "t1,CT7,2022-01-07,P1,-1,1")
    assert third["credit notes already loaded"] == 6
    assert third["credit notes loaded"] == 1


def test_a_load_killed_among_the_credit_notes_is_finished_by_the_next_one(
    loader, query
):
    lines = ["kc0,KC,2020-01-01,P1,1,1"]
    lines += [
        f"kc{n % 500},CK{n % 4000},2020-{1 + n % 12:02}-{1 + n % 28:02},P{n % 9},-1,{n}"
        for n in range(24_000)
    ]
    path = loader.write(*lines)
    process = subprocess.Popen(loader.command(path), cwd=loader.folder)
    count = "SELECT count(*) FROM account_move WHERE starts_with(ref, 'CK')"
    deadline = time.monotonic() + KILL_SECONDS
    while not query(count)[0][0]:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    [[committed]] = query(count)
    assert 0 < committed < 4000

    counts = loader.run(path)
    assert counts["orders already loaded"] == 1
    assert counts["credit notes already loaded"] >= committed
    assert counts["credit notes loaded"] + counts["credit notes already loaded"] == 4000
    found = credits_in(query, "CK")
    assert sum(len(note[-1]) for note in found.values()) == 24_000
    assert {ref: note[2] for ref, note in found.items()} == {
        f"CK{n}": sum(range(n, 24_000, 4000)) for n in range(4000)
    }
    assert check_facts(query, purchase_facts.read(path))[0] == 1
    test_credit_notes_balance_and_have_numbers_without_gaps(query)


def test_a_company_without_a_sales_journal_gets_the_orders_alone(loader, query):
    lines = ["j1,J1,2022-01-01,P1,2,1", "j1,CJ2,2022-01-02,P1,-1,1"]
    query("UPDATE account_journal SET active = FALSE WHERE type = 'sale'")
    try:
        counts = loader.load(*lines)
    finally:
        query("UPDATE account_journal SET active = TRUE WHERE type = 'sale'")
    assert counts["orders loaded"] == 1
    assert counts["credit notes loaded"] == 0
    assert counts["no sales journal"] == 1
    assert [row["invoice"] for row in loader.rejects()] == ["CJ2"]
    again = loader.load(*lines)
    assert (again["orders loaded"], again["credit notes loaded"]) == (0, 1)
    assert facts_in(query, ["j1"])["j1"].revenue == 1


def test_credit_notes_of_a_closed_period_are_booked_after_it(loader, query):
    query("UPDATE res_company SET fiscalyear_lock_date = '2015-06-30'")
    try:
        loader.load("y1,CY1,2014-05-05,P1,-1,1", "y1,CY2,2015-07-01,P1,-1,1")
    finally:
        query("UPDATE res_company SET fiscalyear_lock_date = NULL")
    assert query(
        "SELECT ref, invoice_date::text, date::text, sequence_prefix FROM account_move"
        " WHERE ref IN ('CY1', 'CY2') ORDER BY ref"
    ) == [
        ("CY1", "2014-05-05", "2015-12-31", "RINV/2015/"),
        ("CY2", "2015-07-01", "2015-07-01", "RINV/2015/"),
    ]


def test_numbers_of_credit_notes_go_on_in_the_form_that_they_have(loader, query):
    loader.load("q1,CQ1,2016-05-01,P1,-1,1")
    query(
        "UPDATE account_move SET name = 'CN-2016-05-0041',"
        " sequence_prefix = 'CN-2016-05-', sequence_number = 41 WHERE ref = 'CQ1'"
    )
    try:
        loader.load(*(f"q1,CQ{n},2016-0{5 + n // 4}-0{n},P1,-1,1" for n in range(2, 6)))
        assert query(
            "SELECT name, sequence_prefix, sequence_number FROM account_move"
            " WHERE starts_with(ref, 'CQ') ORDER BY ref"
        ) == [
            ("CN-2016-05-0041", "CN-2016-05-", 41),
            ("CN-2016-05-0042", "CN-2016-05-", 42),
            ("CN-2016-05-0043", "CN-2016-05-", 43),
            ("CN-2016-06-0001", "CN-2016-06-", 1),
            ("CN-2016-06-0002", "CN-2016-06-", 2),
        ]
    finally:
        query("DELETE FROM account_move WHERE starts_with(ref, 'CQ')")


def test_a_contact_of_a_company_takes_back_for_the_company(loader, query, run_script):
    run_script(
        loader.database,
        """
parent = env["res.partner"].create({"name": "Parent", "ref": "u0", "is_company": True})
env["res.partner"].create({"name": "Shop", "ref": "u1", "parent_id": parent.id})
env.cr.commit()
""",
    )
    lines = ["u1,U1,2022-01-01,P1,3,1", "u1,CU2,2022-01-02,P1,-1,1"]
    loader.load(*lines)
    assert credits_in(query, "CU")["CU2"][0] == "u0"
    assert query(
        "SELECT DISTINCT p.ref FROM account_move_line l"
        " JOIN res_partner p ON p.id = l.partner_id WHERE l.ref = 'CU2'"
    ) == [("u0",)]
    assert facts_in(query, ["u0"])["u0"].revenue == 2
    assert loader.load(*lines)["credit notes already loaded"] == 1


def test_a_credit_note_is_as_the_orm_would_have_made_it(loader, query, run_script):
    loader.load(
        "v1,CV1,2020-02-03 04:05:06,V-P,-3,1.12",
        "v1,CV1,2020-02-03,V-Q,-2.5,4",
        "v1,CV2,2020-02-04,V-P,-2,0",
    )
    twins = run_script(
        loader.database,
        """
from odoo import Command
env = env(user=env.ref("base.user_admin"))
def credit(ref, day, *lines):
    note = env["account.move"].create({
        "move_type": "out_refund",
        "partner_id": env["res.partner"].search([("ref", "=", "v1")]).id,
        "ref": ref,
        "invoice_date": day,
        "invoice_line_ids": [
            Command.create({
                "product_id":
                    env["product.product"].search([("default_code", "=", code)]).id,
                "quantity": quantity,
                "price_unit": price,
                "tax_ids": False,
            })
            for code, quantity, price in lines
        ],
    })
    note.action_post()
    return note.id
ids = [
    credit("CV1", "2020-02-03", ("V-P", 3, 1.12), ("V-Q", 2.5, 4)),
    credit("CV2", "2020-02-04", ("V-P", 2, 0)),
]
env.cr.commit()
print(ids)
""",
    )
    ours = query("SELECT id FROM account_move WHERE starts_with(ref, 'CV') ORDER BY id")
    for [our_id], their_id in zip(ours, json.loads(str(twins)), strict=False):
        made = "SELECT to_jsonb(m)::text FROM account_move m WHERE id = %s"
        found = differences(row(query, made, our_id), row(query, made, their_id))
        assert found <= FREE_NOTE_COLUMNS
        items = (
            "SELECT to_jsonb(l)::text FROM account_move_line l WHERE move_id = %s"
            " ORDER BY display_type DESC, id"
        )
        pairs = zip(query(items, our_id), query(items, their_id), strict=True)
        for (our_item,), (their_item,) in pairs:
            found = differences(json.loads(our_item), json.loads(their_item))
            assert found <= FREE_ITEM_COLUMNS


def test_dates_are_local_times_of_the_company(loader, query):
    query("UPDATE res_company SET relationship_tz = 'Pacific/Auckland'")
    try:
        loader.load(
            "z1,Z1,2021-07-01,P1,1,1",
            "z1,Z2,2021-12-31 23:59:59.9,P1,1,1",
            "z1,CZ3,2021-07-02,P1,-1,1",
            "z1,CZ4,2021-12-31 23:59:59.9,P1,-1,1",
        )
    finally:
        query("UPDATE res_company SET relationship_tz = NULL")
    assert {invoice: order[1] for invoice, order in orders_in(query, "Z").items()} == {
        "Z1": "2021-06-30 12:00:00",
        "Z2": "2021-12-31 10:59:59",
    }
    credits = credits_in(query, "CZ")
    assert {ref: note[1] for ref, note in credits.items()} == {
        "CZ3": "2021-07-02",
        "CZ4": "2021-12-31",
    }
    facts = facts_in(query, ["z1"])["z1"]
    assert str(facts.first_order_date) == "2021-07-01"
    assert str(facts.last_order_date) == "2021-12-31"


def test_countries_are_matched_and_the_others_counted(loader, query):
    counts = loader.load(
        "c1,1-c,2022-01-01,P1,1,1,",
        "c1,1-c,2022-01-01,P1,1,1,RSA",
        "c2,2-c,2022-01-01,P1,1,1,de",
        "c3,3-c,2022-01-01,P1,1,1,West Indies",
        header=f"{HEADER},country",
    )
    assert counts["customers without a known country"] == counts["West Indies"] == 1
    assert query(
        "SELECT p.ref, c.code FROM res_partner p "
        "LEFT JOIN res_country c ON c.id = p.country_id "
        "WHERE p.ref IN ('c1', 'c2', 'c3') ORDER BY 1"
    ) == [("c1", "ZA"), ("c2", "DE"), ("c3", None)]


def test_a_file_without_a_needed_column_is_refused_before_anything_happens(tmp_path):
    loader = Loader(f"relationship_load_none_{os.getpid()}", tmp_path)
    path = loader.write(header="customer_id,date,product,qty,unit_price")
    done = subprocess.run(loader.command(path), capture_output=True, text=True)
    assert done.returncode == 1
    assert "no column invoice" in done.stderr
    assert "Traceback" not in done.stderr
    assert not databases.exists(loader.database)


def test_an_order_is_as_the_orm_would_have_made_it(loader, query, run_script):
    loader.load("w1,W1,2020-02-03 04:05:06,W-P,3,1.115", "w1,W1,2020-02-03,W-P,2,0")
    # The product has the default tax; the amounts of the file have none.
    twin = run_script(
        loader.database,
        """
from odoo import Command
product = env["product.product"].search([("default_code", "=", "W-P")])
env = env(user=env.ref("base.user_admin"))
order = env["sale.order"].create({
    "partner_id": env["res.partner"].search([("ref", "=", "w1")]).id,
    "client_order_ref": "W1",
    "order_line": [
        Command.create({
            "product_id": product.id,
            "product_uom_qty": qty,
            "price_unit": price,
            "tax_ids": False,
        })
        for qty, price in ((3, 1.115), (2, 0))
    ],
})
order.action_confirm()
order.date_order = "2020-02-03 00:00:00"
env.cr.commit()
print(order.id)
""",
    )
    made = "SELECT to_jsonb(o)::text FROM sale_order o WHERE id = %s"
    loaded = "SELECT to_jsonb(o)::text FROM sale_order o WHERE name != %s AND "
    ours = row(query, loaded + "client_order_ref = 'W1' ORDER BY id LIMIT 1", "")
    theirs = row(query, made, twin)
    assert differences(ours, theirs) <= FREE_ORDER_COLUMNS
    lines = "SELECT to_jsonb(l)::text FROM sale_order_line l WHERE order_id = %s"
    pairs = zip(
        query(lines + " ORDER BY id", ours["id"]),
        query(lines + " ORDER BY id", theirs["id"]),
        strict=True,
    )
    for (our_line,), (their_line,) in pairs:
        found = differences(json.loads(our_line), json.loads(their_line))
        assert found <= FREE_LINE_COLUMNS


def row(query, sql, *parameters):
    [[text]] = query(sql, *parameters)
    return json.loads(text)


def differences(one, other):
    """Return the columns in which two rows differ; None and False are the same."""
    assert one.keys() == other.keys()
    return {name for name in one if (one[name] or None) != (other[name] or None)}


def test_a_database_without_the_add_on_gets_it(tmp_path):
    name = f"relationship_load_plain_{os.getpid()}"
    try:
        databases.create_without_addon(name)
        counts = Loader(name, tmp_path).load("p1,P1,2022-01-01,P1,1,1")
        assert counts["orders loaded"] == 1
        installed = postgres.query(
            "SELECT name FROM ir_module_module WHERE state = 'installed'", name
        )
        assert {"crm_relationship", "contacts"} <= {row[0] for row in installed}
    finally:
        databases.drop(name)


@pytest.mark.skipif(
    not REAL_FILE.is_file(), reason=f"the real history is not here ({REAL_FILE.name})"
)
def test_every_fact_of_the_real_file_is_right(tmp_path):
    loader = Loader(f"relationship_load_real_{os.getpid()}", tmp_path)
    lines = purchase_facts.read(REAL_FILE)
    try:
        started = time.monotonic()
        counts = loader.run(REAL_FILE)
        assert time.monotonic() - started < 180
        credits = sum(map(bool, map(purchase_facts.is_cancellation, lines)))
        taken = credits + sum(map(bool, map(purchase_facts.is_purchase, lines)))
        assert credits == 9_839
        assert counts["credit notes loaded"] == 4_372
        assert counts["lines read"] == len(lines)
        assert counts["lines loaded"] == taken
        assert counts["lines rejected"] == len(lines) - taken
        assert len(loader.rejects("online_retail_II_year1")) == len(lines) - taken
        with connected(loader.database) as query:
            assert check_facts(query, lines) == (4312, 274_430)
            check_credits(query, lines)
            assert check_scores(query, lines) == 4312
        check_forecast(loader.database, lines)
        check_funnel(loader.database, lines)
    finally:
        databases.drop(loader.database)


# Fits the models of the real history as of a day, and says what they say of everybody.
FORECAST = """
import json
from datetime import date
company = env.company
company.relationship_forecast_days = {days}
day = date.fromisoformat("{day}")
models = [env["relationship.value.model"]._request(company, day)]
models[0]._fit()
models.append(env["relationship.value.model"]._request(company, day))
models[1]._fit()
env["relationship.profile"]._refresh(company, as_of=day)
profiles = env["relationship.profile"].search([("order_count", ">", 0)])
print(json.dumps({{
    "models": [
        model.read(["state", "kind", "reason_code", "parameters", "calibration"])[0]
        | {{"id": 0, "error": model.calibration_error}}
        for model in models
    ],
    "candidates": models[0].candidate_ids.mapped("kind"),
    "said": {{
        profile.partner_id.ref: profile.buy_probability for profile in profiles
    }},
}}))
"""


def check_forecast(database, lines):
    """What is said of the customers of the real file comes true, within five points by
    tenths of the customers: in the backtest, and on days that no fit has seen."""
    whole = forecast_of(database, date(2010, 12, 9), 90)
    first, second = whole["models"]
    assert first == second
    assert first["state"] == "done"
    assert first["error"] <= 5
    assert len(whole["candidates"]) == 7
    day, days = date(2010, 10, 10), 60
    said = forecast_of(database, day, days)["said"]
    facts = purchase_facts.facts_of(
        [line for line in lines if date.fromisoformat(line["date"][:10]) <= day]
    )
    assert said.keys() == facts.keys()
    later = purchase_facts.facts_of(
        [
            line
            for line in lines
            if day < date.fromisoformat(line["date"][:10]) <= day + timedelta(days)
        ]
    )
    assert calibration_error([(said[one], one in later) for one in said]) <= 5


def forecast_of(database, day, days):
    done = subprocess.run(
        [paths.ROOT / "script/shell", f"--database={database}"],
        input=FORECAST.format(day=day, days=days),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def calibration_error(pairs):
    """Mean difference of said and seen by tenths of the customers, in points; those of
    whom the same is said stay together."""
    tenths = {}
    pairs = sorted(pairs)
    rank = {}
    for place, (share, _bought) in enumerate(pairs):
        rank.setdefault(share, []).append(place)
    for share, bought in pairs:
        middle = (rank[share][0] + rank[share][-1] + 1) / 2
        tenths.setdefault(int(10 * middle / len(pairs)), []).append((share, bought))
    errors = [
        abs(sum(share - bought for share, bought in tenth)) for tenth in tenths.values()
    ]
    return 100 * sum(errors) / len(pairs)


# Places the customers of the real history at the end of every second week of it, as if
# the add-on had been there, and tells what the reports say of it. Nothing is saved.
FUNNEL = """
import json
from datetime import date, timedelta
company = env.company
env.cr.execute("DELETE FROM relationship_stage_move")
env.cr.execute("UPDATE relationship_profile SET stage_id = NULL, stage_date = NULL")
env.invalidate_all()
day = date(2009, 12, 13)
while day <= date(2010, 12, 12):
    env["relationship.profile"]._refresh(company, as_of=day)
    day += timedelta(14)
env.flush_all()
env.cr.execute("ANALYZE relationship_stage_move, relationship_profile")
report = env["relationship.funnel.report"]
loaded = [("partner_id.ref", "!=", False)]
def tell(since, until):
    period = {"key": "custom", "since": since, "until": until}
    funnel = report.get_funnel(loaded, period)
    listed = {}
    for row in funnel["stages"]:
        for figure in ("count", "present", "came", "went_up", "went_down"):
            action = report.get_action(figure, loaded, period, stage_id=row["id"])
            found = env[action["res_model"]].search_count(action["domain"])
            listed[f"{figure}/{row['id']}"] = found
    return {
        "since": since,
        "until": until,
        "funnel": funnel,
        "flow": report.get_flow(loaded, period)["flows"],
        "listed": listed,
    }
whole = {"key": "custom", "since": "2009-12-01", "until": "2010-12-09"}
env.cr.execute(
    "SELECT c.ref, m.date::text, m.from_stage_id, m.to_stage_id"
    "  FROM relationship_stage_move m JOIN res_partner c ON c.id = m.partner_id"
    " WHERE c.ref IS NOT NULL ORDER BY m.id"
)
moves = env.cr.fetchall()
print(json.dumps({
    "moves": moves,
    "periods": [
        tell("2010-03-01", "2010-03-31"),
        tell("2010-04-01", "2010-06-30"),
        tell("2009-12-01", "2010-12-09"),
    ],
    "cohorts": report.get_cohorts(loaded, whole)["cohorts"],
}))
"""


def check_funnel(database, lines):
    """Conversions, flows, times and cohorts are what plain Python makes of the log and
    of the file, and each figure opens a list of as many."""
    done = subprocess.run(
        [paths.ROOT / "script/shell", f"--database={database}"],
        input=FUNNEL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    ways = funnel_replay.ways_of(
        funnel_replay.Move(customer, date.fromisoformat(day), origin, target)
        for customer, day, origin, target in told["moves"]
    )
    assert len(ways) > 4000
    assert sum(map(len, ways.values())) > 2 * len(ways)
    for period in told["periods"]:
        check_period(period, ways, lines)
    check_cohorts(told["cohorts"], lines)


def check_period(told, ways, lines):
    since, until = (date.fromisoformat(told[name]) for name in ("since", "until"))
    ranks = {row["id"]: row["rank"] for row in told["funnel"]["stages"]}
    revenues = funnel_replay.revenues_of(lines, since, until)
    expected = funnel_replay.funnel_of(ways, ranks, revenues, since, until)
    total = Counter()
    for row in told["funnel"]["stages"]:
        for name in ("count", "present", "came", "went_up", "went_down"):
            assert row[name] == expected[row["id"]][name], (told["since"], row)
            assert row[name] == told["listed"][f"{name}/{row['id']}"]
            total[name] += row[name]
        assert math.isclose(row["value"], expected[row["id"]]["value"], abs_tol=0.01)
    assert min(total.values()) > 0
    flows = funnel_replay.flow_of(ways, since, until)
    assert {(row["from_stage_id"], row["to_stage_id"]) for row in told["flow"]} == set(
        flows
    )
    for row in told["flow"]:
        days = flows[row["from_stage_id"], row["to_stage_id"]]
        assert row["count"] == len(days)
        if row["from_stage_id"]:
            quantiles = row["days_median"], row["days_most"]
            assert quantiles == pytest.approx(funnel_replay.quantiles_of(days))


def check_cohorts(told, lines):
    expected = funnel_replay.cohorts_of(lines)
    found = {
        (cohort["month"], since): count
        for cohort in told
        for since, count in enumerate(cohort["counts"])
        if count
    }
    assert found == expected
    assert {cohort["month"]: cohort["size"] for cohort in told} == {
        month: count for (month, since), count in expected.items() if not since
    }
