from . import privacy
from . import unsubscribe
from . import rules
