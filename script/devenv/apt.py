"""Debian packages without root: download and unpack, the system stays untouched.

A private apt folder has its own list of sources: the Debian archive that the
system's own apt settings name, with the suites wanted here.
"""

import os
import re
import shutil
import subprocess

from . import console, paths, process

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
# The suite that has Odoo 19, and a stable one for everything beside it.
ODOO_SUITE = "sid"
STABLE_SUITE = "trixie"
HINT = (
    "check that apt works here (apt-get update). On a system whose apt knows no "
    "Debian archive, set DEBIAN_MIRROR to the URI of one and install the package "
    "debian-archive-keyring, or set ODOO_PATH to an Odoo 19 that you have."
)


def unpack(packages, target, *, log_name):
    """Download packages ("name/suite") and unpack them into the target folder."""
    apt_dir = paths.LOCAL / "apt"
    downloads = apt_dir / "downloads"
    shutil.rmtree(apt_dir, ignore_errors=True)
    downloads.mkdir(parents=True)
    options = _update_from_some_archive(apt_dir)
    process.run(
        ["apt-get", *options, "download", *packages],
        title=f"Download {len(packages)} Debian packages",
        log_name=f"{log_name}-download",
        hint=HINT,
        cwd=downloads,
    )
    with console.step("Unpack the Debian packages"):
        _unpack_all(sorted(downloads.glob("*.deb")), target)
    shutil.rmtree(apt_dir)


def _unpack_all(archives, target):
    target.mkdir(parents=True, exist_ok=True)
    for archive in archives:
        try:
            subprocess.run(
                ["dpkg-deb", "-x", archive, target], check=True, capture_output=True
            )
        except subprocess.CalledProcessError as error:
            raise console.Failure(
                f"unpacking {archive.name}",
                tail=error.stderr.decode().splitlines(),
                hint="check the free disk space (about 1.5 GB are needed).",
            ) from error


def _update_from_some_archive(apt_dir):
    """Return the options of the first archive that has the suites."""
    log = paths.LOGS / "apt-update.log"
    with console.step("Read the Debian package lists"), log.open("wb") as stream:
        for uri in _archive_uris():
            options = _private_apt(apt_dir, uri)
            command = ["apt-get", *options, "-o", "APT::Update::Error-Mode=any"]
            if process.call([*command, "update"], stream=stream) == 0:
                return options
    raise console.Failure(
        f"no Debian archive with the suites {ODOO_SUITE} and {STABLE_SUITE}",
        hint=HINT,
        log=log,
        tail=process.tail(log),
    )


def _archive_uris():
    """Return the archives of the system's apt settings, likely ones first."""
    if os.environ.get("DEBIAN_MIRROR"):
        return [os.environ["DEBIAN_MIRROR"]]
    try:
        listing = subprocess.run(
            ["apt-get", "update", "--print-uris"],
            check=False,
            capture_output=True,
            text=True,
        ).stdout
    except FileNotFoundError as error:
        raise console.Failure("apt-get is not there", hint=HINT) from error
    uris = dict.fromkeys(re.findall(r"^'(\S+?/)dists/\S+'", listing, re.MULTILINE))
    return sorted(uris, key=lambda uri: not uri.rstrip("/").endswith("/debian"))


def _private_apt(apt_dir, uri):
    sources = apt_dir / "sources.list"
    sources.write_text(
        "".join(
            f"deb [signed-by={KEYRING}] {uri} {suite} main\n"
            for suite in (ODOO_SUITE, STABLE_SUITE)
        )
    )
    for name in ("lists/partial", "cache/archives/partial"):
        (apt_dir / name).mkdir(parents=True, exist_ok=True)
    settings = {
        "Dir::State": apt_dir,
        "Dir::State::status": "/dev/null",
        "Dir::State::lists": apt_dir / "lists",
        "Dir::Cache": apt_dir / "cache",
        "Dir::Etc::sourcelist": sources,
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::Etc::preferences": "/dev/null",
        "Dir::Etc::preferencesparts": "/dev/null",
        "APT::Sandbox::User": "",
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
    }
    return [f"-o{key}={value}" for key, value in settings.items()]
