"""Set-based statements that run beside other transactions."""

import logging
import time

import psycopg2.errors

_logger = logging.getLogger(__name__)

# Another transaction got in the way; the same work can succeed in a new one. A unique
# violation is one too: the row came into being after our snapshot.
Conflict = (psycopg2.errors.OperationalError, psycopg2.errors.UniqueViolation)

TRIES = 5
# Seconds before the second try; each further one waits as much longer.
PAUSE = 0.1


def execute(env, query) -> list[tuple]:
    """Execute a statement that may meet a concurrent one, and return its rows.

    Unlike ``env.execute_query``, a conflict is not logged as an error: whoever calls
    deals with it. The exception says as much as the log would.
    """
    env.flush_query(query)
    env.cr.execute(query, log_exceptions=False)
    return env.cr.fetchall()


def retry(cr, work):
    """Call ``work`` until no other transaction gets in its way, five times at most.

    Rolls back the transaction between two tries, so everything in it has to be the
    work's own.

    :raise Conflict: the last one
    """
    for attempt in range(1, TRIES + 1):
        try:
            return work()
        except Conflict as conflict:
            cr.rollback()
            if attempt == TRIES:
                raise
            _logger.info("Trying again after a conflict: %s", conflict)
            time.sleep(PAUSE * attempt)
