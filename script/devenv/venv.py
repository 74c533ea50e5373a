"""Virtual environments with pinned packages, installed by pip.

pip itself does the work because it alone obeys all of the machine's pip settings.
"""

import importlib.util
import shutil
import sys

from . import apt, paths, process, stamp

HINT = (
    "check that pip can reach its package index (pip download six), then run the "
    "script again."
)


def ensure(folder, requirements):
    """Make a virtual environment hold exactly what a requirements file pins."""
    wanted = stamp.digest(sys.version, str(folder), requirements)
    done = folder / "installed"
    if stamp.is_current(done, wanted):
        return
    shutil.rmtree(folder, ignore_errors=True)
    _create(folder)
    process.run(
        [folder / "bin/python", "-m", "pip", "install", "-r", requirements],
        title=f"Install the Python packages of {requirements.name}",
        log_name=f"pip-{requirements.stem}",
        hint=HINT,
    )
    stamp.write(done, wanted)


def _create(folder):
    options = [] if importlib.util.find_spec("ensurepip") else ["--without-pip"]
    process.run(
        [sys.executable, "-m", "venv", *options, folder],
        title=f"Create the virtual environment {folder.relative_to(paths.ROOT)}",
        log_name="venv",
        hint="install the package python3-venv, or use another Python 3.10 to 3.13.",
    )
    if options:
        _install_pip_from_debian(folder)


def _install_pip_from_debian(folder):
    """Bring pip into an environment of a Python that came without ensurepip."""
    unpacked = paths.LOCAL / "pip"
    apt.unpack([f"python3-pip-whl/{apt.STABLE_SUITE}"], unpacked, log_name="pip")
    (wheel,) = unpacked.glob("usr/share/python-wheels/pip-*.whl")
    process.run(
        [folder / "bin/python", f"{wheel}/pip", "install", "--no-index", wheel],
        title="Install pip",
        log_name="pip",
        hint=HINT,
    )
    shutil.rmtree(unpacked)


def site_packages(folder):
    """Return the folder of an environment's packages."""
    (found,) = folder.glob("lib/python3*/site-packages")
    return found
