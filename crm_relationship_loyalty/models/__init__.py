from . import relationship_rule
from . import relationship_touch
