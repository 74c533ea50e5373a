"""Stamps: a step is done when the digest of what it was made from is on disk.

A stamp is written as the last act of a step. A step that was interrupted has none
and is done again.
"""

import hashlib
from pathlib import Path


def digest(*inputs):
    """Return a digest of strings and of files' contents, in their order."""
    total = hashlib.sha256()
    for item in inputs:
        data = item.read_bytes() if isinstance(item, Path) else str(item).encode()
        total.update(len(data).to_bytes(8, "big"))
        total.update(data)
    return total.hexdigest()[:16]


def digest_tree(folder, without=()):
    """Return a digest of a folder's files, names and contents.

    Subfolders named in ``without`` (paths from the folder) do not count.
    """
    left_out = [folder / name for name in without]
    parts = []
    for path in sorted(folder.rglob("*")):
        ignored = "__pycache__" in path.parts or any(
            parent in left_out for parent in path.parents
        )
        if path.is_file() and not ignored:
            parts += [str(path.relative_to(folder)), path]
    return digest(*parts)


def is_current(path, value):
    """Tell whether the stamp says that the step was done from these inputs."""
    return path.is_file() and path.read_text() == value


def write(path, value):
    """Say that the step is done."""
    path.write_text(value)
