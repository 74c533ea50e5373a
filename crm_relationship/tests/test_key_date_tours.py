import json

from odoo.tests import HttpCase, tagged

from .common import RelationshipCase

# Typed on 10 March 2026, and what it means as (day, month, year) or None.
READINGS = {
    "dmy": {
        "14/3": (14, 3, 0),
        "14.03.2015": (14, 3, 2015),
        "14-3-15": (14, 3, 2015),
        "14 3 85": (14, 3, 1985),
        "29 feb": (29, 2, 0),
        "29 Feb 2016": (29, 2, 2016),
        "14th of March, 2015": (14, 3, 2015),
        "mar 14": (14, 3, 0),
        "2015-03-14": (14, 3, 2015),
        "2015 march 14": (14, 3, 2015),
        "3/14": (14, 3, 0),
        "2/3": (2, 3, 0),
        "30/2": (30, 2, 0),
        "14": None,
        "march": None,
        "": None,
        "soon": None,
        "14 3 2015 7": None,
        "14 xyz": None,
        "14/0": None,
    },
    "mdy": {
        "3/14": (14, 3, 0),
        "2/3": (3, 2, 0),
        "3/14/2015": (14, 3, 2015),
        "3/14/15": (14, 3, 2015),
        "14/3": (14, 3, 0),
        "2015-03-14": (14, 3, 2015),
    },
}
FORMATS = {"dmy": "dd/MM/yyyy", "mdy": "MM/dd/yyyy"}
# Typed, and how it is told.
WORDS = {
    "14/3": "March 14 · in 4 days",
    "14/3/2015": "March 14 · in 4 days · turns 11",
    "10/3/2025": "March 10 · today · turns 1",
    "11/3": "March 11 · tomorrow",
    "9/3/2015": "March 9 · in 364 days · turns 12",
    "29/2/2016": "February 29 · in 355 days · turns 11",
    "10/3/2026": "March 10 · today",
    "30/2": "!February has no day 30.",
    "29/2/2015": "!There was no 29 February in 2015. Leave the year empty if you are"
    " not sure of it.",
    "14/3/1899": "!The year 1899 is too long ago. Leave it empty if you do not know"
    " it.",
    "11/3/2026": "!This date is in the future. Enter it once the child is born, or"
    " leave the year empty.",
    "14/13": "!There are twelve months.",
}
SCRIPT = """
const readings = %(readings)s;
const formats = %(formats)s;
const words = %(words)s;
const load = (name) => odoo.loader.modules.get(name);
const {localization} = load("@web/core/l10n/localization");
const text = load("@crm_relationship/relationship_key_dates/key_date_text");
const today = luxon.DateTime.local(2026, 3, 10);
const wrong = [];
const compare = (typed, found, expected) => {
    if (JSON.stringify(found) !== JSON.stringify(expected)) {
        wrong.push([typed, found, expected]);
    }
};
for (const [order, cases] of Object.entries(readings)) {
    localization.dateFormat = formats[order];
    for (const [typed, expected] of Object.entries(cases)) {
        const found = text.parseKeyDate(typed, today);
        compare(typed, found && [found.day, found.month, found.year], expected);
    }
}
localization.dateFormat = formats.dmy;
for (const [typed, expected] of Object.entries(words)) {
    const found = text.parseKeyDate(typed, today) || {};
    const error = text.checkKeyDate(found, today, false);
    const told = error ? `!${error}` : text.describeKeyDate(found, today, false);
    compare(typed, String(told), expected);
}
if (wrong.length) {
    console.error(JSON.stringify(wrong));
} else {
    console.log("test successful");
}
"""


@tagged("post_install", "-at_install", "crm_relationship")
class TestKeyDateTours(RelationshipCase, HttpCase):
    browser_size = "1366x768"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._create_customer("Padaria Aurora")
        cls.env.flush_all()
        cls.Profile._refresh(cls.company)

    def test_a_birthday_is_added_and_is_seen_in_the_list(self):
        self.start_tour(
            f"/odoo/res.partner/{self.customer.id}",
            "relationship_key_date_add",
            login="admin",
        )
        key_date = self.customer.relationship_key_date_ids
        self.assertEqual((key_date.name, key_date.year), ("Lia", 2016))
        self.assertEqual(key_date.days_left, 5)
        self.start_tour(
            "/odoo/relationship-key-dates",
            "relationship_key_date_list",
            login="admin",
        )

    def test_enter_saves_only_where_one_types_and_escape_cancels(self):
        self.start_tour(
            f"/odoo/res.partner/{self.customer.id}",
            "relationship_key_date_cancel",
            login="admin",
        )
        self.assertFalse(self.customer.relationship_key_date_ids)

    def test_dates_are_read_as_people_type_them(self):
        self.env.ref("base.user_admin").tour_enabled = False  # nothing loads later
        self.browser_js(
            "/odoo",
            SCRIPT
            % {
                "readings": json.dumps(READINGS),
                "formats": json.dumps(FORMATS),
                "words": json.dumps(WORDS),
            },
            ready="!!document.querySelector('.o_main_navbar')",
            login="admin",
        )
