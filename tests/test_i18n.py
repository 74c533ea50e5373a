"""The translations: the templates are Odoo's own exports, and Portuguese is complete.

Where strings of an add-on have changed, run, in the checkout:

    PYTHONPATH=script .venv/bin/python tests/test_i18n.py

It exports the templates again and brings each pt_BR.po up to its terms: each
translation stays with its term, terms that are gone go, and the new ones, which it
prints, wait for a translation.
"""

import re
from collections import Counter
from datetime import datetime, timezone

import polib
import pytest
import requests

from clients import TIMEOUT_SECONDS, Json2
from devenv import console, databases, environment, logcheck, odoo, paths, process
from devenv.server import OdooScript

HINT = "PYTHONPATH=script .venv/bin/python tests/test_i18n.py exports them anew"
each_addon = pytest.mark.parametrize(
    "addon", paths.ADDONS, ids=lambda addon: addon.name
)

# What Python, JavaScript and the markup of views put in or take as it is.
_FIXED = re.compile(r"%(?:\(\w+\))?[sdrf]|%%|\{\{.*?\}\}|</?\w+")

PORTUGUESE_IN_CONTEXT = {"lang": "pt_BR"}
STAGES = [
    "Novo contato",
    "Cotação",
    "Primeira compra",
    "Segunda compra",
    "Comprador frequente",
    "Em risco",
    "Perdido",
    "Reconquistado",
]
QUIET_CUSTOMER = """
from dateutil.relativedelta import relativedelta

env.company.relationship_quiet_days = False  # whatever day it is
env["res.lang"]._activate_lang("pt_BR")
env.ref("base.module_crm_relationship")._update_translations("pt_BR")
env.user.search([("login", "=", "admin")]).lang = "pt_BR"
salesperson = env["res.users"].create(
    {
        "name": "Ana",
        "login": "ana",
        "lang": "pt_BR",
        "group_ids": [(4, env.ref("sales_team.group_sale_salesman").id)],
    }
)
customer = env["res.partner"].create(
    {"name": "Doces da Serra", "user_id": salesperson.id}
)
product = env["product.product"].create({"name": "Bolo", "list_price": 100})
orders = env["sale.order"].create(
    [
        {
            "partner_id": customer.id,
            "user_id": salesperson.id,
            "order_line": [(0, 0, {"product_id": product.id})],
        }
        for number in range(4)
    ]
)
orders.action_confirm()
for number, order in enumerate(orders):
    order.date_order -= relativedelta(days=143 + 41 * number)
env.cr.commit()
env.ref("crm_relationship.ir_cron_refresh_queued").method_direct_trigger()
env.ref("crm_relationship.ir_cron_run_rules").method_direct_trigger()
admin = env["res.users"].search([("login", "=", "admin")])
keys = env["res.users.apikeys"].with_user(admin).sudo()
print(keys._generate("rpc", "black-box test", None))
env.cr.commit()
"""


@each_addon
def test_the_template_is_what_odoo_exports(database_factory, tmp_path, addon):
    database = database_factory(beside=addon != paths.ADDON)
    fresh = export_template(addon, database, tmp_path / "fresh.pot")

    changes = list(compare(read(template(addon)), fresh))

    assert not changes, "\n".join([*changes, HINT])


@each_addon
def test_portuguese_has_the_terms_of_the_template(addon):
    terms = {entry.msgid for entry in read(template(addon))}

    assert {entry.msgid for entry in read(portuguese(addon))} == terms, HINT


@each_addon
def test_every_term_is_in_portuguese(addon):
    translations = read(portuguese(addon))

    assert [entry.msgid for entry in translations if not entry.msgstr.strip()] == []
    assert [entry.msgid for entry in translations if entry.fuzzy] == []
    assert [entry.msgid for entry in translations.obsolete_entries()] == []


@each_addon
def test_placeholders_and_markup_are_the_same_in_portuguese(addon):
    different = [
        f"{entry.msgid!r}: {entry.msgstr!r}"
        for entry in read(portuguese(addon))
        if _fixed_parts(entry.msgid) != _fixed_parts(entry.msgstr)
    ]

    assert different == []


@pytest.mark.parametrize(
    "text", ["%s", "%(when)s", "100%%", '<b class="x">', "{{ x }}"]
)
def test_fixed_parts_are_recognized(text):
    assert _fixed_parts(f"before {text} after") != _fixed_parts("before after")


def test_a_portuguese_speaker_reads_portuguese(database, start_server):
    with OdooScript(database, QUIET_CUSTOMER) as script:
        key = script.result().strip()
    logcheck.check(script.log, "the loading of Portuguese")
    server = start_server(database)
    json2 = Json2(server.url, database, key)

    assert _read(json2, "relationship.stage", "name") == STAGES
    assert _read(json2, "relationship.profile", "explanation", order_count=4) == [
        "Último pedido há 143 dias; normalmente a cada 41 dias."
    ]
    assert _read(json2, "mail.activity", "summary", automated=True) == [
        "Cliente sumiu: ligar e perguntar como vão as coisas"
    ]
    [note] = _read(json2, "mail.activity", "note", automated=True)
    assert "Último pedido há 143 dias" in note
    assert "Receita até agora" in note
    assert "Normalmente a cada %s dias" in _web_client_terms(server).values()


def template(addon):
    return addon / "i18n" / f"{addon.name}.pot"


def portuguese(addon):
    return addon / "i18n" / "pt_BR.po"


def read(path):
    """Return the terms of a file; none where there is no file yet."""
    return polib.pofile(str(path)) if path.is_file() else polib.POFile()


def export_template(addon, database, target):
    """Let Odoo export an add-on's terms from a database, and return them."""
    log = process.run(
        odoo.command(
            "i18n",
            "export",
            f"--config={paths.ODOO_CONFIG}",
            f"--database={database}",
            f"--output={target}",
            addon.name,
        ),
        title="The export of the translation template",
        log_name=f"i18n-{database}",
    )
    logcheck.check(log, "the export of the translation template")
    return polib.pofile(str(target))


def compare(committed, fresh):
    """Say what a fresh export has changed, a line for each term."""
    before = {entry.msgid: set(entry.occurrences) for entry in committed}
    after = {entry.msgid: set(entry.occurrences) for entry in fresh}
    for term in sorted(before.keys() | after.keys()):
        if term not in before:
            yield f"new: {term!r}"
        elif term not in after:
            yield f"gone: {term!r}"
        elif before[term] != after[term]:
            yield f"used elsewhere: {term!r}"


def merge(template, translations):
    """Give the template's terms their translations, in the template's order."""
    known = {entry.msgid: entry for entry in translations if not entry.obsolete}
    merged = polib.POFile()
    merged.header = template.header
    merged.metadata = {
        **template.metadata,
        "Language": PORTUGUESE_IN_CONTEXT["lang"],
        **translations.metadata,
        "POT-Creation-Date": template.metadata["POT-Creation-Date"],
        "PO-Revision-Date": f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M+0000}",
    }
    for entry in template:
        if entry.msgid in known:
            entry.msgstr = known[entry.msgid].msgstr
        merged.append(entry)
    return merged


def main():
    """Export the templates from new databases, and merge the translations."""
    environment.ensure()
    for addon in paths.ADDONS:
        renew(addon)


def renew(addon):
    database = "relationship_blackbox_i18n"
    databases.create(database, demo=False, beside=addon != paths.ADDON)
    target = paths.LOCAL / template(addon).name
    try:
        fresh = export_template(addon, database, target)
    finally:
        databases.drop(database)
    template(addon).parent.mkdir(exist_ok=True)
    changes = list(compare(read(template(addon)), fresh))
    for line in changes:
        console.say(line)
    # A file whose terms are the same would only get new dates.
    if changes:
        target.replace(template(addon))
    translations = read(portuguese(addon))
    merged = merge(fresh, translations)
    if any(compare(translations, fresh)):
        merged.save(str(portuguese(addon)))
    for entry in merged.untranslated_entries():
        where = portuguese(addon).relative_to(paths.ROOT)
        console.say(f"to be translated in {where}: {entry.msgid!r}")


def _fixed_parts(text):
    return Counter(_FIXED.findall(text))


def _read(json2, model, field, **values):
    rows = json2.call(
        model,
        "search_read",
        domain=[[name, "=", value] for name, value in values.items()],
        fields=[field],
        context=PORTUGUESE_IN_CONTEXT,
    )
    return [row[field] for row in rows]


def _web_client_terms(server):
    answer = requests.get(
        f"{server.url}/web/webclient/translations",
        params={"lang": "pt_BR", "mods": paths.ADDON_NAME},
        timeout=TIMEOUT_SECONDS,
    )
    messages = answer.json()["modules"][paths.ADDON_NAME]["messages"]
    return {message["id"]: message["string"] for message in messages}


if __name__ == "__main__":
    main()
