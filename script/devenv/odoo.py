"""Odoo 19: found by ODOO_PATH, or unpacked from Debian's package."""

import ast
import os
import re
import shutil
from pathlib import Path

from . import apt, console, paths, stamp, venv

SERIES = "19.0"
INSTALLED = paths.LOCAL / "odoo"
PACKAGES = [
    f"odoo-19/{apt.ODOO_SUITE}",
    # Fonts and scripts that Odoo's package links to. They come from a stable suite:
    # the newest font packages have other file names.
    *(
        f"{name}/{apt.STABLE_SUITE}"
        for name in (
            "fonts-font-awesome",
            "fonts-inconsolata",
            "fonts-montserrat",
            "fonts-ocr-b",
            "fonts-roboto-unhinted",
            "libjs-jquery",
            "libjs-jquery-form",
            "libjs-underscore",
        )
    ),
]
# Debian leaves this script out (it is not free). It only blurs the background of
# video calls; an empty file keeps every page free of a "not found" error.
LEFT_OUT = "addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"
PACKAGE_DIR = "usr/lib/python3/dist-packages"


def ensure():
    """Make Odoo importable in the virtual environment and write its settings."""
    home = _given_path() or _unpacked_path()
    path_file = venv.site_packages(paths.VENV) / "odoo-checkout.pth"
    _write_if_changed(path_file, f"{home}\n")
    _write_if_changed(paths.ODOO_CONFIG, _config_text(home))


def version():
    """Return what tells one Odoo from another: release and where it lies."""
    home = _given_path() or INSTALLED / PACKAGE_DIR
    return stamp.digest(str(home), home / "odoo/release.py")


def command(*arguments):
    """Return the command line of Odoo in the virtual environment."""
    return [paths.VENV / "bin/python", "-m", "odoo", *arguments]


def open_shell(database):
    """Let this process become Odoo's shell on a database."""
    line = command(*shell_arguments(database, log_level="warn"))
    os.execv(line[0], line)


def shell_arguments(database, *, log_level):
    """Return the arguments of Odoo's shell on a database."""
    return [
        "shell",
        f"--config={paths.ODOO_CONFIG}",
        f"--database={database}",
        "--shell-interface=python",
        "--no-http",
        f"--log-level={log_level}",
    ]


def manifest():
    """Return the add-on's manifest, or fail where there is none."""
    path = paths.ADDON / "__manifest__.py"
    if not path.is_file():
        raise console.Failure(
            f"there is no add-on in {paths.ADDON}", hint="check the checkout."
        )
    return ast.literal_eval(path.read_text())


def _given_path():
    if not os.environ.get("ODOO_PATH"):
        return None
    given = Path(os.environ["ODOO_PATH"]).expanduser().resolve()
    for home in (given, given.parent):
        if (home / "odoo/release.py").is_file():
            _check_series(home)
            return home
    raise console.Failure(
        f"ODOO_PATH is {given}, and there is no Odoo in it",
        hint="set it to the folder that contains the folder odoo with release.py.",
    )


def _check_series(home):
    text = (home / "odoo/release.py").read_text()
    found = re.search(r"version_info = \((\d+), (\d+)", text)
    if not found or ".".join(found.groups()) != SERIES:
        raise console.Failure(
            f"the Odoo in {home} is not {SERIES}",
            hint="set ODOO_PATH to an Odoo 19.0, or unset it.",
        )


def _unpacked_path():
    done = INSTALLED / "installed"
    wanted = stamp.digest(*PACKAGES)
    if not stamp.is_current(done, wanted):
        shutil.rmtree(INSTALLED, ignore_errors=True)
        apt.unpack(PACKAGES, INSTALLED, log_name="odoo")
        _fill_gaps()
        stamp.write(done, wanted)
    return INSTALLED / PACKAGE_DIR


def _fill_gaps():
    # A copy of the add-ons without data and views, which Odoo would find by itself.
    shutil.rmtree(INSTALLED / PACKAGE_DIR / "addons")
    package = INSTALLED / PACKAGE_DIR / "odoo"
    left_out = package / LEFT_OUT
    left_out.parent.mkdir(parents=True, exist_ok=True)
    left_out.touch()
    links = [path for path in package.rglob("*") if path.is_symlink()]
    for link in links:
        _keep_inside(link)
    dangling = [link for link in links if not link.exists()]
    if dangling:
        raise console.Failure(
            f"{len(dangling)} files of Odoo point to packages that are not there",
            tail=[f"{link} -> {os.readlink(link)}" for link in dangling[:10]],
            hint="find the Debian package of these files and add it to "
            "PACKAGES in script/devenv/odoo.py.",
        )


def _keep_inside(link):
    """Let an absolute link point into the unpacked tree, not into the system."""
    target = os.readlink(link)
    if os.path.isabs(target):
        inside = INSTALLED / target.lstrip("/")
        link.unlink()
        link.symlink_to(os.path.relpath(inside, link.parent))


def _addons_path(home):
    """Return the folders of add-ons; a source checkout has two of Odoo's own."""
    folders = [home / "odoo/addons"]
    if not (folders[0] / "sale").is_dir():
        folders.append(home / "addons")
    if (paths.ADDON / "__manifest__.py").is_file():
        folders.append(paths.ROOT)
    return ",".join(str(folder) for folder in folders)


def _config_text(home):
    options = {
        "addons_path": _addons_path(home),
        "data_dir": paths.ODOO_DATA,
        "http_interface": "127.0.0.1",
        "max_cron_threads": 1,
        "list_db": False,
    }
    lines = ["[options]", *(f"{key} = {value}" for key, value in options.items()), ""]
    return "\n".join(lines)


def _write_if_changed(path, text):
    if not path.is_file() or path.read_text() != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
