"""Databases: built once, kept as templates, copied whenever one is needed.

Three kinds, each made from the one before by ``CREATE DATABASE ... TEMPLATE``:

- a *template* has Odoo's own modules that the add-on depends on;
- an *image* has the add-on too, as it is on disk now; nobody ever connects to it;
  where its neighbours are in the template, it has our bridges to them as well;
- a *working database* is a copy of an image, for a person or for one test run.

Templates and images are built under a temporary name and renamed when they are
complete, and their names tell what they were built from. So one that is half
finished, or out of date, is never taken for done.
"""

import os
import re
import shutil

from . import console, lock, logcheck, odoo, paths, postgres, process, stamp

DEFAULT = "relationship_demo"
TEMPLATE_PREFIX = "relationship_template_"
TEST_PREFIXES = ("relationship_test_", "relationship_blackbox_")
DEMO_EXTRA_MODULES = ("contacts", "sale_management")
# Where these are installed, the add-ons that connect with them come by themselves.
NEIGHBOURS = ("crm", "sale_loyalty")
# Parts of the add-ons that Odoo reads from disk: changing them changes no database.
_NOT_IN_DATABASE = ("tests", "static/src", "static/tests")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,59}")


def exists(name):
    """Tell whether there is a database of that name."""
    check_name(name)
    return bool(postgres.query(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"))


def check_name(name):
    """Refuse a name that would need quoting."""
    if not _NAME.fullmatch(name):
        raise console.Failure(
            f"{name!r} cannot be the name of a database",
            hint="use letters, digits, '_', '-' and '.', at most 60 characters.",
        )


def require(name):
    """Fail unless the database is there."""
    if not exists(name):
        raise console.Failure(
            f"there is no database {name}",
            hint=f"script/server --database {name} creates it.",
        )


def ensure(name, *, demo, beside=False):
    """Make a working database have the add-ons as they are on disk; keep its data.

    :param demo: with demo data, if the database is not there yet
    :param beside: with its neighbours and our bridges, if it is not there yet
    """
    with lock.exclusive("database"):
        if not exists(name):
            _copy(_image(demo, beside), name)
            _write_note(name)
        elif _read_note(name) != _note():
            _run_odoo(name, "-u", paths.ADDON_NAME, during=f"the update of {name}")
            _write_note(name)


def install(name, modules):
    """Install those modules into a database that it does not have yet."""
    rows = postgres.query(
        "SELECT name FROM ir_module_module WHERE state = 'installed'", name
    )
    missing = sorted(set(modules).difference(*rows))
    if missing:
        during = f"the installation of {', '.join(missing)} in {name}"
        with lock.exclusive("database"):
            _run_odoo(name, "-i", ",".join(missing), during=during)


def create(name, *, demo, beside=False):
    """Create a working database, in place of one that has this name."""
    with lock.exclusive("database"):
        drop(name)
        _copy(_image(demo, beside), name)


def create_without_addon(name, *, beside=False):
    """Create a database of Odoo's own modules, in place of one that has this name."""
    with lock.exclusive("database"):
        drop(name)
        _copy(_template(demo=False, beside=beside), name)


def drop(name):
    """Remove a database and its files, if it is there."""
    check_name(name)
    postgres.query(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    shutil.rmtree(paths.FILESTORE / name, ignore_errors=True)


def drop_built():
    """Remove all that can be built anew: templates, this checkout's images, and
    what interrupted test runs have left."""
    for prefix in (_image_prefix(), TEMPLATE_PREFIX, *TEST_PREFIXES):
        for name in _names_like(prefix):
            drop(name)


def copy(source, target):
    """Copy a database to which nobody is connected, with its files."""
    with lock.exclusive("database"):
        _copy(source, target)


def _image(demo, beside):
    """Return the name of an image of the add-ons as they are on disk; build it first
    where there is none."""
    prefix = (
        f"{_image_prefix()}{'demo' if demo else 'plain'}{'_beside' if beside else ''}_"
    )
    image = f"{prefix}{stamp.digest(_template_name(demo, beside), addon_digest())}"
    if not exists(image):
        for outdated in _names_like(prefix):
            if re.fullmatch(rf"{prefix}[^_]+", outdated):
                drop(outdated)
        template = _template(demo, beside)
        during = f"the installation of the add-on {_kind(demo, beside)}"
        _build(image, template, [paths.ADDON_NAME], demo, during)
    return image


def _template(demo, beside):
    """Return the name of a template; build it first where there is none. One with
    the neighbours is made from the one without them."""
    name = _template_name(demo, beside)
    if not exists(name):
        source = _template(demo, beside=False) if beside else None
        modules = NEIGHBOURS if beside else _modules(demo)
        during = f"the installation of {', '.join(modules)} {_kind(demo)}"
        _build(name, source, modules, demo, during)
    return name


def _kind(demo, beside=False):
    kind = "with demo data" if demo else "without demo data"
    return f"{kind}, beside {' and '.join(NEIGHBOURS)}" if beside else kind


def _build(name, source, modules, demo, during):
    """Install modules into a copy of the source, and give it its name at the end."""
    unfinished = f"{name}.new"
    drop(unfinished)
    if source:
        _copy(source, unfinished)
    options = ["--with-demo"] if demo else []
    _run_odoo(unfinished, "-i", ",".join(modules), *options, during=during)
    _rename(unfinished, name)


def _run_odoo(name, *arguments, during):
    """Run Odoo once on a database; a warning in its log is a failure."""
    log = process.run(
        odoo.command(
            f"--config={paths.ODOO_CONFIG}",
            f"--database={name}",
            "--no-http",
            "--max-cron-threads=0",
            "--stop-after-init",
            *arguments,
        ),
        title=during[0].upper() + during[1:],
        log_name=f"odoo-{name}",
    )
    logcheck.check(log, during)


def _copy(source, target):
    postgres.query(f'CREATE DATABASE "{target}" TEMPLATE "{source}"')
    files = paths.FILESTORE / target
    shutil.rmtree(files, ignore_errors=True)
    if (paths.FILESTORE / source).is_dir():
        # Stored files are named after their content and never change: links do.
        shutil.copytree(paths.FILESTORE / source, files, copy_function=os.link)


def _rename(source, target):
    shutil.rmtree(paths.FILESTORE / target, ignore_errors=True)
    if (paths.FILESTORE / source).is_dir():
        (paths.FILESTORE / source).rename(paths.FILESTORE / target)
    postgres.query(f'ALTER DATABASE "{source}" RENAME TO "{target}"')


def _modules(demo):
    wanted = set(odoo.manifest()["depends"])
    return sorted(wanted.union(DEMO_EXTRA_MODULES) if demo else wanted)


def _template_name(demo, beside):
    # Odoo's list of add-ons, which is in there, knows ours.
    ours = [addon.name for addon in paths.ADDONS]
    extra = NEIGHBOURS if beside else []
    made_from = stamp.digest(odoo.version(), *_modules(demo), demo, *ours, *extra)
    return f"{TEMPLATE_PREFIX}{made_from}"


def _image_prefix():
    return f"relationship_image_{stamp.digest(str(paths.ROOT))[:6]}_"


def addon_digest():
    """Return a digest of what the installed add-ons are made from."""
    return stamp.digest(
        *(stamp.digest_tree(addon, without=_NOT_IN_DATABASE) for addon in paths.ADDONS)
    )


def _names_like(prefix):
    rows = postgres.query(
        f"SELECT datname FROM pg_database WHERE starts_with(datname, '{prefix}')"
    )
    return [row[0] for row in rows]


# A working database says in its comment which state of the add-ons it was updated to.


def _note():
    return f"{paths.ADDON_NAME} {addon_digest()}"


def _write_note(name):
    postgres.query(f"COMMENT ON DATABASE \"{name}\" IS '{_note()}'")


def _read_note(name):
    rows = postgres.query(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database "
        f"WHERE datname = '{name}'"
    )
    return rows[0][0] if rows else None
