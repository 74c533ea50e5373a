"""People and jobs that move a customer at the same time: one after the other, and the
log stays a chain."""

import pytest
from blackbox_worker import clean_workers

SET_UP = """
from odoo.fields import Command
user = env["res.users"].create({
    "name": "Ana", "login": "ana",
    "group_ids": [
        Command.link(env.ref("sales_team.group_sale_salesman_all_leads").id)
    ],
})
customer = env["res.partner"].create({"name": "Bakery", "user_id": user.id})
env["relationship.profile"]._refresh(env.company, customer.ids)
result = (user.id, customer.id)
"""
FIND = """
Profile = env["relationship.profile"].with_user({user}).with_company(1)
profile = Profile.search([("partner_id", "=", {customer})])
def stage(name):
    return env.ref("crm_relationship.stage_" + name)
"""
# Run again after a conflict, as Odoo does with requests and jobs.
AS_A_REQUEST = """
from odoo.service.model import retrying
from odoo.tools import mute_logger
attempts = []
def act():
    attempts.append(1)
    exec({code!r}, globals())
with mute_logger("odoo.sql_db"):  # it tells of the conflict
    retrying(act, env)
"""
# The transaction has begun to read before the other one commits.
SEEN = """
profile.read(["stage_id"])
if len(attempts) == 1:
    pause()
"""
# A quotation, and the job that sees it.
QUOTE = """
customer = env["res.partner"].browse({customer})
product = env["product.product"].create({{"name": "Bonbons"}})
env["sale.order"].create({{
    "partner_id": customer.id,
    "order_line": [(0, 0, {{"product_id": product.id, "price_unit": 9}})],
}})
env.flush_all()
env["relationship.profile"]._refresh(env.company, customer.ids)
"""
READ = """
moves = profile.sudo().move_ids.sorted("id")
result = (
    [(move.from_stage_id.name, move.to_stage_id.name) for move in moves],
    profile.stage_id.name, profile.stage_pin_reason,
)
"""


@pytest.fixture(scope="module")
def database(database_factory):
    return database_factory()


@pytest.fixture(scope="module")
def workers(database):
    with clean_workers() as start:
        yield start(database, "first"), start(database, "second")


@pytest.fixture
def at_once(workers, request):
    """Return a function that runs two pieces of code about a new customer, the second
    one before the first one has committed, and tells where that leaves the customer."""
    first, second = workers
    login = request.node.name.replace("test_", "")[:40]
    user, customer = first.run(SET_UP.replace('"ana"', repr(login)))
    find = FIND.format(user=user, customer=customer)

    def run(one, other, before=""):
        if before:
            first.run(find + before)
        first.start(find + one.format(customer=customer) + "\nenv.flush_all(); pause()")
        first.wait_for_pause()
        code = find + SEEN + other.format(customer=customer)
        second.start(AS_A_REQUEST.format(code=code))
        second.wait_for_pause()
        second.resume()  # and wait for the first one, in the database
        first.resume()
        first.finish()
        said = second.finish()
        moves, stage, reason = first.run(find + READ)
        chain = [False] + [after for _before, after in moves]
        assert [before for before, _after in moves] == chain[:-1]
        assert stage == chain[-1]
        return said, moves, stage, reason

    return run


def test_the_dialog_applies_to_where_a_job_has_put_the_customer(at_once):
    _said, moves, stage, reason = at_once(
        QUOTE, "profile.move_to_stage('Lost', 'Closed')"
    )

    assert moves[-2:] == [("New contact", "Quotation"), ("Quotation", "Lost")]
    assert (stage, reason) == ("Lost", "Closed")


def test_a_job_leaves_the_customer_where_somebody_has_just_put_it(at_once):
    _said, moves, stage, reason = at_once(
        "profile.move_to_stage('Lost', 'Closed')", QUOTE
    )

    assert moves[-1] == ("New contact", "Lost")
    assert (stage, reason) == ("Lost", "Closed")


def test_the_second_of_two_people_moves_on_from_where_the_first_has_put_it(at_once):
    _said, moves, stage, reason = at_once(
        "profile.move_to_stage('Lost', 'Closed')",
        "profile.move_to_stage('At risk', 'Only angry')",
    )

    assert moves[-2:] == [("New contact", "Lost"), ("Lost", "At risk")]
    assert (stage, reason) == ("At risk", "Only angry")


UNDO = """
from odoo.exceptions import UserError
try:
    profile.action_undo_move()
    result = ""
except UserError as error:
    result = str(error)
"""
MOVED = "profile.move_to_stage('Lost', 'Closed')"


def test_an_undo_is_refused_when_somebody_moves_the_customer_first(at_once):
    # Which move is to be undone was decided before.
    said, moves, stage, _reason = at_once(
        "profile.move_to_stage('At risk', 'Only angry')",
        UNDO.replace(
            "profile.action_undo_move()",
            "profile.move_ids.filtered(lambda m: m.to_stage_id == stage('lost'))"
            ".action_undo()",
        ),
        before=MOVED,
    )

    assert "At risk" in said
    assert moves[-1] == ("Lost", "At risk")
    assert stage == "At risk"


def test_of_two_undos_at_once_one_takes_the_move_back(at_once):
    said, moves, stage, _reason = at_once(UNDO, UNDO, before=MOVED)

    assert "nothing to undo" in said
    assert moves[-1] == ("Lost", "New contact")
    assert moves.count(("Lost", "New contact")) == 1
    assert stage == "New contact"


ARCHIVE = "stage('{stage}').active = False"
MOVE_OR_SAY = """
from odoo.exceptions import ValidationError
try:
    profile.move_to_stage(stage("{stage}").id, "Once more")
    result = ""
except ValidationError as error:
    result = str(error)
"""


def test_nobody_is_put_where_somebody_is_about_to_archive(at_once):
    said, moves, stage, _reason = at_once(
        ARCHIVE.replace("{stage}", "won_back"),
        MOVE_OR_SAY.replace("{stage}", "won_back"),
    )

    assert "archived" in said
    assert stage == "New contact"
    assert len(moves) == 1
