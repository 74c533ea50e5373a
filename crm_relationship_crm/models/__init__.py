from . import res_company
from . import res_config_settings
from . import relationship_capture
from . import relationship_capture_lead
from . import relationship_profile_lead
from . import relationship_profile
from . import crm_lead
from . import crm_lead_contact
