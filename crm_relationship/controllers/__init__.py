from . import privacy
from . import unsubscribe
