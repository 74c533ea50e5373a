"""The linters, installed apart from Odoo's packages, and how each is called."""

import dataclasses
import os
import shutil
import subprocess

from . import console, lock, paths, process, stamp, venv

LINT_VENV = paths.LOCAL / "lint-venv"
NODE_MODULES = paths.ROOT / "node_modules"
BIN = LINT_VENV / "bin"
NODE_BIN = NODE_MODULES / ".bin"
STATICS = [addon / "static" for addon in paths.ADDONS]


@dataclasses.dataclass(frozen=True)
class Linter:
    """One linter: the command that checks, and the one that mends if there is one."""

    name: str
    check: list
    fix: list = ()

    def run(self, fix):
        """Run it, with its output on standard output, and tell if all is well."""
        print(f"=== {self.name}", flush=True)
        command = self.fix if fix and self.fix else self.check
        finished = subprocess.run(
            command, cwd=paths.ROOT, env=_environment(), check=False
        )
        return finished.returncode == 0


def ensure():
    """Install the linters where they are not yet."""
    with lock.exclusive("lint"):
        venv.ensure(LINT_VENV, paths.ROOT / "requirements-lint.txt")
        _ensure_node_modules()


def linters():
    """Return all linters; prettier is the last to mend what others have mended."""
    return [*_python_linters(), *_odoo_linters(), *_web_linters()]


def _python_linters():
    ruff = BIN / "ruff"
    check = [ruff, "check", "--output-format=concise"]
    return [
        Linter("ruff", check, [*check, "--fix"]),
        Linter("ruff-format", [ruff, "format", "--check"], [ruff, "format"]),
    ]


def _web_linters():
    scripts = ["*.mjs", *(folder for folder in STATICS if any(folder.rglob("*.js")))]
    eslint = [NODE_BIN / "eslint", "--max-warnings=0", *scripts]
    files = [*paths.ADDONS, "*.mjs", "package.json", ".pre-commit-config.yaml"]
    prettier = [NODE_BIN / "prettier", "--log-level=warn", "--ignore-unknown"]
    return [
        Linter("eslint", eslint, [*eslint, "--fix"]),
        Linter(
            "prettier", [*prettier, "--check", *files], [*prettier, "--write", *files]
        ),
    ]


def _odoo_linters():
    module = [BIN / "oca-checks-odoo-module", *paths.ADDONS]
    found = [
        Linter("oca-checks-odoo-module", module, [*module, "--fix"]),
        Linter("pylint-odoo", [BIN / "pylint", "--rcfile=.pylintrc", *paths.ADDONS]),
    ]
    translations = sorted(
        path for addon in paths.ADDONS for path in (addon / "i18n").glob("*.po*")
    )
    if translations:
        found.append(Linter("oca-checks-po", [BIN / "oca-checks-po", *translations]))
    return found


def install_hooks():
    """Let git run the linters before each commit."""
    subprocess.run([BIN / "pre-commit", "install"], cwd=paths.ROOT, check=True)


def _environment():
    """Return an environment where the linters find each other, Node.js included."""
    return {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}


def _ensure_node_modules():
    manifests = [paths.ROOT / "package.json", paths.ROOT / "package-lock.json"]
    wanted = stamp.digest(*manifests)
    done = NODE_MODULES / "installed"
    if stamp.is_current(done, wanted):
        return
    shutil.rmtree(NODE_MODULES, ignore_errors=True)
    process.run(
        [BIN / "npm", "ci", "--no-audit", "--no-fund"],
        title="Install eslint and prettier",
        log_name="npm",
        hint="check that npm can reach its package registry (npm ping).",
        cwd=paths.ROOT,
        env=_environment(),
    )
    stamp.write(done, wanted)


def select(names):
    """Return the linters of these names, or all of them."""
    known = {linter.name: linter for linter in linters()}
    for name in names:
        if name not in known:
            raise console.Failure(
                f"there is no linter {name}", hint=f"choose among {', '.join(known)}."
            )
    return [known[name] for name in names or known]
