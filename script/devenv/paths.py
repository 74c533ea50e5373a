"""Where things are: the checkout, and what the scripts build in it."""

import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ADDON_NAME = "crm_relationship"
ADDON = ROOT / ADDON_NAME
# They come by themselves where Odoo's CRM, or its loyalty programs, are installed, too.
BRIDGES = (ROOT / "crm_relationship_crm", ROOT / "crm_relationship_loyalty")
ADDONS = (ADDON, *BRIDGES)

VENV = ROOT / ".venv"
LOCAL = ROOT / ".local"
LOGS = LOCAL / "log"
LOG_DAYS = 7
ODOO_CONFIG = LOCAL / "odoo.conf"
ODOO_DATA = LOCAL / "odoo-data"
FILESTORE = ODOO_DATA / "filestore"


def make_local():
    """Create the folder of everything that is built, and its log folder."""
    LOGS.mkdir(parents=True, exist_ok=True)


def remove_old_logs():
    """Remove logs that nobody has written to for some days."""
    oldest = time.time() - LOG_DAYS * 24 * 60 * 60
    for log in LOGS.iterdir():
        if log.stat().st_mtime < oldest:
            log.unlink(missing_ok=True)
