"""What Odoo does not check in the add-ons' XML, models and access rights.

Read from the files: no database is needed.
"""

import ast
import csv
import re
from pathlib import Path

import pytest
from blackbox_sources import (
    ADDON,
    ADDONS,
    CONCRETE,
    MODELS,
    NEW_MODELS,
    ROOT,
    STORED,
    fields_of,
)
from lxml import etree

NAME = ADDON.name
VIEW_TYPES = {
    "activity",
    "calendar",
    "form",
    "graph",
    "kanban",
    "list",
    "pivot",
    "search",
}
DATA_FILES = sorted(
    path
    for addon in ADDONS
    for path in addon.rglob("*.xml")
    if "static" not in path.relative_to(addon).parts
)
TEMPLATE_FILES = sorted(
    path for addon in ADDONS for path in (addon / "static").rglob("*.xml")
)
# Attributes of a record, a field or an element that hold a Python expression.
EXPRESSIONS = {"context", "domain", "eval", "filter_domain", "invisible", "options"}
NAMES_ITSELF = ("string", "title", "aria-label", "t-att-title", "t-att-aria-label")
# x2many commands whose second item is the id of an existing record.
COMMANDS_WITH_ID = r"\(\s*[1234]\s*,\s*\d+|Command\.\w+\(\s*\[?\d"
COMPARED_WITH_ID = (
    r"\(\s*['\"][\w.]*(?:_ids?|\.id)['\"]\s*,\s*['\"]\S+['\"]\s*,\s*\[?\d"
)
DEFAULT_ID = r"default_\w+_ids?['\"]\s*:\s*\[?\d"


def parse(path):
    return etree.parse(str(path)).getroot()


def where(element):
    path = Path(element.getroottree().docinfo.URL).relative_to(ROOT)
    return f"{path}:{element.sourceline} <{element.tag}>"


def elements(files, tag):
    return [element for path in files for element in parse(path).iter(tag)]


def records(model):
    return [
        record
        for record in elements(DATA_FILES, "record")
        if record.get("model") == model and record.get("id")
    ]


def value(record, name):
    """Return the text or the reference of a record's field."""
    found = record.find(f"field[@name='{name}']")
    if found is None:
        return None
    return found.get("ref") or found.get("eval") or (found.text or "").strip()


def full_id(xmlid):
    return xmlid if "." in xmlid else f"{NAME}.{xmlid}"


def archs():
    """Yield (record, root of the arch) of each view."""
    for record in records("ir.ui.view"):
        for root in record.find("field[@name='arch']"):
            yield record, root


def technical(model):
    return f"model_{model.replace('.', '_')}"


def window_actions():
    return records("ir.actions.act_window")


def models_with_lists():
    """The models that people see in lists or kanbans of their own."""
    return sorted(
        {
            value(action, "res_model")
            for action in window_actions()
            if {"list", "kanban"} & set((value(action, "view_mode") or "").split(","))
        }
    )


def test_the_readers_of_this_file_find_what_they_are_to_check():
    assert len(DATA_FILES) >= 10
    assert TEMPLATE_FILES
    assert {path.relative_to(ROOT).parts[0] for path in DATA_FILES} == {
        addon.name for addon in ADDONS
    }
    assert {"relationship.profile", "relationship.stage.pin"} <= set(STORED)
    assert len(list(archs())) >= 20
    assert len(window_actions()) >= 7
    assert "relationship.profile" in models_with_lists()


@pytest.mark.parametrize(
    "path", DATA_FILES + TEMPLATE_FILES, ids=lambda path: path.name
)
def test_no_view_uses_attributes_that_odoo_19_ignores(path):
    found = [
        f"{where(element)} {name}"
        for element in parse(path).iter(etree.Element)
        for name in ("attrs", "states", "expand", "t-raw", "t-esc", "kanban-box")
        if element.get(name) is not None or element.get("t-name") == name
        if (element.tag, name) != ("list", "expand")
        if not element.tag[0].isupper()  # a component has properties of its own
    ]
    assert found == []


@pytest.mark.parametrize("path", DATA_FILES, ids=lambda path: path.name)
def test_no_file_names_a_record_by_its_database_id(path):
    found = []
    for element in parse(path).iter(etree.Element):
        reference = element.get("ref") or ""
        if reference.isdigit():
            found.append(f"{where(element)} ref={reference}")
        if element.get("type") == "action" and (element.get("name") or "").isdigit():
            found.append(f"{where(element)} name={element.get('name')}")
        texts = [element.get(name) or "" for name in EXPRESSIONS]
        texts.append(element.text or "")
        found += [
            f"{where(element)} {text.strip()}"
            for text in texts
            for pattern in (COMMANDS_WITH_ID, COMPARED_WITH_ID, DEFAULT_ID)
            if re.search(pattern, text)
        ]
    assert found == []


@pytest.mark.parametrize(
    "action",
    [action for action in window_actions() if value(action, "view_mode") != "form"],
    ids=lambda action: action.get("id"),
)
def test_every_window_tells_what_to_do_while_it_is_empty(action):
    help_text = action.find("field[@name='help']")

    assert help_text is not None
    headline, *explanation = help_text
    assert "o_view_nocontent_smiling_face" in headline.get("class")
    assert headline.text.strip()
    assert explanation and "".join(explanation[0].itertext()).strip()


def test_every_button_has_a_name_for_those_who_do_not_see_its_icon():
    nameless = [
        where(button)
        for button in elements(DATA_FILES + TEMPLATE_FILES, "button")
        if not any(button.get(name) for name in NAMES_ITSELF)
        and not "".join(button.itertext()).strip()
        and not any(field.get("string") for field in button.iter("field"))
        and not button.xpath("descendant-or-self::*[@t-out]")
    ]
    assert nameless == []


def test_every_icon_is_explained_or_hidden_from_screen_readers():
    icons = [
        icon
        for tag in ("i", "span")
        for icon in elements(DATA_FILES + TEMPLATE_FILES, tag)
        if re.search(r"(^|\s)(fa|oi)(\s|$)", icon.get("class") or "")
    ]
    silent = [
        where(icon)
        for icon in icons
        if not any(icon.get(name) for name in (*NAMES_ITSELF, "aria-hidden"))
    ]
    assert icons
    assert silent == []


def test_every_image_has_a_text_and_every_label_a_field():
    images = elements(DATA_FILES + TEMPLATE_FILES, "img")
    labels = elements(DATA_FILES, "label")

    assert [where(image) for image in images if not _has(image, "alt")] == []
    assert [where(label) for label in labels if not label.get("for")] == []


def _has(element, name):
    return any(element.get(key) is not None for key in (name, f"t-att-{name}"))


def test_every_menu_has_an_action_or_menus_below_it():
    menus = elements(DATA_FILES, "menuitem")
    parents = {menu.get("parent") for menu in menus}
    dead = [
        menu.get("id")
        for menu in menus
        if not menu.get("action") and not len(menu) and menu.get("id") not in parents
    ]
    assert menus
    assert dead == []


def test_every_menu_opens_an_action_of_the_add_on():
    actions = {
        record.get("id")
        for kind in ("act_window", "client", "server", "act_url")
        for record in records(f"ir.actions.{kind}")
    }
    opened = {menu.get("action") for menu in elements(DATA_FILES, "menuitem")} - {None}

    assert {action.removeprefix(f"{NAME}.") for action in opened} <= actions


@pytest.mark.parametrize(
    "record", records("ir.ui.view"), ids=lambda record: record.get("id")
)
def test_every_view_is_named_after_its_model_and_type_or_after_what_it_extends(record):
    inherited = value(record, "inherit_id")
    if inherited:
        assert record.get("id") == inherited.partition(".")[2]
        return
    model = value(record, "model")
    [root] = record.find("field[@name='arch']")
    assert root.tag in VIEW_TYPES
    prefix = f"{model.replace('.', '_')}_view_{root.tag}"
    assert re.fullmatch(rf"{prefix}(_\w+)?", record.get("id"))


@pytest.mark.parametrize("model", models_with_lists())
def test_every_model_that_people_list_can_be_searched(model):
    searchable = {
        value(record, "model") for record, root in archs() if root.tag == "search"
    }
    assert model in searchable


@pytest.mark.parametrize("model", STORED)
def test_every_model_has_access_rights_for_a_group(model):
    with (ADDON / "security/ir.model.access.csv").open(newline="") as lines:
        rights = [
            row
            for row in csv.DictReader(lines)
            if row["model_id:id"].removeprefix(f"{NAME}.") == technical(model)
        ]
    assert rights
    assert all(row["group_id:id"] for row in rights)


@pytest.mark.parametrize("model", CONCRETE)
def test_every_model_belongs_to_a_company_and_is_hidden_from_the_others(model):
    rules = [
        rule
        for rule in records("ir.rule")
        if value(rule, "model_id").removeprefix(f"{NAME}.") == technical(model)
        and rule.find("field[@name='groups']") is None
        and "company_id" in value(rule, "domain_force")
        and "company_ids" in value(rule, "domain_force")
    ]
    assert "company_id" in fields_of(model)
    assert len(rules) == 1


def test_fields_on_other_models_cannot_clash_with_those_of_other_add_ons():
    clashing = [
        f"{inherited}.{field}"
        for model in MODELS
        if not model.is_new
        for inherited in model.inherits
        if inherited not in NEW_MODELS
        for field in model.fields
        if not field.startswith("relationship_")
    ]
    extended = {inherited for model in MODELS for inherited in model.inherits}
    assert {"res.partner", "sale.order", "res.company", "crm.lead"} <= extended
    assert clashing == []


@pytest.mark.parametrize("addon", ADDONS, ids=lambda addon: addon.name)
def test_every_data_file_is_in_the_manifest(addon):
    manifest = ast.literal_eval((addon / "__manifest__.py").read_text())
    listed = {*manifest["data"], *manifest.get("demo", ())}
    files = [path for path in DATA_FILES if addon in path.parents]
    files += addon.glob("security/*.csv")
    present = {str(path.relative_to(addon)) for path in files}

    assert present == listed
