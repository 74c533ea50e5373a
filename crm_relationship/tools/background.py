"""Work that follows a request and that nobody waits for."""

import logging
import threading
from queue import SimpleQueue

_logger = logging.getLogger(__name__)

# More than this waiting: whoever submits more leaves it to a scheduled job.
MAX_WAITING = 100

_jobs = SimpleQueue()
_start = threading.Lock()
_thread = None


def submit(job) -> bool:
    """Have a thread of this process call ``job`` soon, after those submitted before.

    What is waiting when the process ends is lost, so it must be work that somebody
    does later anyway.

    :return: False if too many are waiting
    """
    if _jobs.qsize() >= MAX_WAITING:
        return False
    _jobs.put(job)
    _ensure_thread()
    return True


def _ensure_thread():
    """Start the thread on first use: in a worker, not in the process that forks it."""
    global _thread
    with _start:
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(
                target=_work, name="crm_relationship.background", daemon=True
            )
            _thread.start()


def _work():
    while True:
        job = _jobs.get()
        try:
            job()
        except Exception:
            _logger.exception("Work in the background failed")
