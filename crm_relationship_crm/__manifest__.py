{
    "name": "Relationship CRM: Leads",
    "version": "19.0.1.4.0",
    "summary": "Leads and opportunities feed the funnel, the history and the source of "
    "customers",
    "category": "Sales/CRM",
    "license": "LGPL-3",
    "author": "The crm_relationship contributors",
    "depends": ["crm_relationship", "crm"],
    "data": [
        "data/ir_config_parameter_data.xml",
        "data/relationship_stage_data.xml",
        "views/crm_lead_views.xml",
        "views/relationship_profile_views.xml",
        "views/res_config_settings_views.xml",
    ],
    "auto_install": True,
    "pre_init_hook": "pre_init_hook",
    "post_init_hook": "post_init_hook",
    "uninstall_hook": "uninstall_hook",
}
