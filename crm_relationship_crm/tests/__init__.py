from . import test_lead_access
from . import test_lead_acquisition
from . import test_lead_capture
from . import test_lead_contact
from . import test_lead_facts
from . import test_lead_queries
from . import test_lead_stages
from . import test_lead_time_travel
