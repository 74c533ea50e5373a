"""The CSV file of a purchase history, packed or plain, read as a stream."""

import contextlib
import csv
import gzip
import io
import os
import zlib
from pathlib import Path

from . import console

COLUMNS = ("customer_id", "invoice", "date", "product", "qty", "unit_price")
OPTIONAL = ("country",)
_GZIP_MAGIC = b"\x1f\x8b"


class HistoryFile:
    """An open file: ``header`` (column names as given) and ``rows()``."""

    def __init__(self, raw, name):
        self._raw = raw
        self._size = max(1, os.fstat(raw.fileno()).st_size)
        self._reader = csv.reader(_without_nul(_text(raw)))
        self.name = name
        self.header = [column.strip() for column in next(self._reader, [])]
        self.places = _places(self.header, name)

    @property
    def share_read(self):
        """How much of the file has been read, 0..1."""
        return min(1.0, self._raw.tell() / self._size)

    def rows(self):
        """Yield (line number in the file, row) for every row that is not blank."""
        for row in self._reader:
            if row:
                yield self._reader.line_num, row


@contextlib.contextmanager
def opened(path):
    """Open a history; whatever is wrong with the file ends in a clear failure."""
    try:
        raw = path.open("rb")
    except OSError as error:
        raise console.Failure(
            f"{path} cannot be opened: {error.strerror}",
            hint="check the name of the file.",
        ) from error
    try:
        with raw:
            yield HistoryFile(raw, path.name)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise console.Failure(
            f"{path.name} cannot be unpacked: {error}",
            hint="the file is damaged or incomplete; get it once more.",
        ) from error
    except UnicodeDecodeError as error:
        raise console.Failure(
            f"{path.name} is not UTF-8: {error}",
            hint="convert it, for example: iconv -f latin1 -t utf-8 OLD.csv > NEW.csv",
        ) from error
    except csv.Error as error:
        raise console.Failure(
            f"{path.name} is not a CSV file: {error}", hint="check its quotes."
        ) from error


def rejects_path(path):
    """Return where the rejected lines of a file go, if nobody says otherwise."""
    name = path.name
    for ending in (".gz", ".csv"):
        name = name.removesuffix(ending)
    return Path(f"{name}.rejects.csv")


def _text(raw):
    magic = raw.peek(2)[:2]
    stream = gzip.GzipFile(fileobj=raw) if magic == _GZIP_MAGIC else raw
    return io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")


def _without_nul(lines):
    """PostgreSQL's texts have no NUL character, nor does csv read one everywhere."""
    return (line.replace("\0", "") for line in lines)


def _places(header, name):
    """Return the position of each column that is read."""
    places = {column.lower(): place for place, column in enumerate(header)}
    missing = [column for column in COLUMNS if column not in places]
    if missing:
        raise console.Failure(
            f"{name} has no column {', '.join(missing)}",
            tail=[f"its first line is: {','.join(header) or '(empty)'}"],
            hint=f"the first line must name the columns {', '.join(COLUMNS)} "
            f"(and may name {', '.join(OPTIONAL)}), separated by commas.",
        )
    wanted = COLUMNS + OPTIONAL
    return {column: places[column] for column in wanted if column in places}
