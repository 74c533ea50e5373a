"""A plugin of pytest: the browser of the tours may take its time to start.

Odoo waits ten seconds for it, then skips the tour and leaves a warning in the log. The
first start on a busy machine that never read the browser from its disk takes longer.
"""

from odoo.tests import common

START_SECONDS = 90


def pytest_configure():
    common.CHECK_BROWSER_ITERATIONS = round(START_SECONDS / common.CHECK_BROWSER_SLEEP)
    common.BROWSER_WAIT = START_SECONDS
