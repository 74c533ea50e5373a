from . import base_partner_merge
from . import relationship_funnel_choice
from . import relationship_pin_mixin
from . import relationship_stage_pin
from . import relationship_segment_pin
from . import relationship_privacy_anonymize
from . import privacy_lookup_wizard
from . import relationship_case_resolve
