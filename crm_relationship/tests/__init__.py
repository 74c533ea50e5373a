from . import test_access
from . import test_merge
from . import test_performance
from . import test_profile_facts
from . import test_profile_incremental
from . import test_rule
from . import test_stage
from . import test_tours
