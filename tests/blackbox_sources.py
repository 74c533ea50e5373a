"""The add-ons' models as their source files define them; none of their code is run."""

import ast
import itertools
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
ADDON = ROOT / "crm_relationship"
# The bridges are there where Odoo's CRM and its loyalty programs are.
BRIDGES = (ROOT / "crm_relationship_crm", ROOT / "crm_relationship_loyalty")
ADDONS = (ADDON, *BRIDGES)


class Model(NamedTuple):
    """A class of an add-on that defines or extends a model."""

    name: str
    kind: str
    inherits: tuple
    fields: tuple

    @property
    def is_new(self):
        return bool(self.name) and self.name not in self.inherits


def python_models():
    """Return the add-ons' classes of models, read without running them."""
    found = []
    for addon, folder in itertools.product(ADDONS, ("models", "wizards", "report")):
        for path in sorted((addon / folder).glob("*.py")):
            for node in ast.parse(path.read_text()).body:
                if isinstance(node, ast.ClassDef) and _kind(node):
                    found.append(_read_model(node))
    return found


def _kind(node):
    bases = {base.attr for base in node.bases if isinstance(base, ast.Attribute)}
    kinds = bases & {"Model", "TransientModel", "AbstractModel"}
    return kinds.pop() if kinds else None


def _read_model(node):
    assigned = {
        target.id: item.value
        for item in node.body
        if isinstance(item, ast.Assign)
        for target in item.targets
        if isinstance(target, ast.Name)
    }
    inherits = ast.literal_eval(assigned["_inherit"]) if "_inherit" in assigned else ()
    inherits = (inherits,) if isinstance(inherits, str) else tuple(inherits)
    name = ast.literal_eval(assigned["_name"]) if "_name" in assigned else ""
    fields = tuple(name for name, item in assigned.items() if _is_field(item))
    return Model(name, _kind(node), inherits, fields)


def _is_field(node):
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "fields"
    )


MODELS = python_models()
NEW_MODELS = {model.name: model for model in MODELS if model.is_new}
CONCRETE = sorted(name for name, m in NEW_MODELS.items() if m.kind == "Model")
STORED = sorted(name for name, m in NEW_MODELS.items() if m.kind != "AbstractModel")


def fields_of(name):
    """Return the fields of a model of an add-on, those of its mixins included."""
    model = NEW_MODELS[name]
    mixins = [inherited for inherited in model.inherits if inherited in NEW_MODELS]
    return set(model.fields).union(*map(fields_of, mixins))
