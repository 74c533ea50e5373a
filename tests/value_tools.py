"""The mathematics of value, imported without Odoo: their parent package needs it."""

import importlib
import importlib.util
import sys
from pathlib import Path

_VALUE = Path(__file__).parents[1] / "crm_relationship" / "tools" / "value"
_NAME = "crm_relationship_tools_value"


def module(name):
    """Import one module of ``crm_relationship/tools/value``."""
    if _NAME not in sys.modules:
        spec = importlib.util.spec_from_file_location(_NAME, _VALUE / "__init__.py")
        package = importlib.util.module_from_spec(spec)
        sys.modules[_NAME] = package
        spec.loader.exec_module(package)
    return importlib.import_module(f"{_NAME}.{name}")
