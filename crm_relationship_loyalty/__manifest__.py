{
    "name": "Relationship CRM: Coupons",
    "version": "19.0.1.5.0",
    "summary": "Retention rules give coupons of Odoo's loyalty programs",
    "category": "Sales/CRM",
    "license": "LGPL-3",
    "author": "The crm_relationship contributors",
    "depends": ["crm_relationship", "sale_loyalty"],
    "data": [
        "views/relationship_rule_views.xml",
    ],
    "auto_install": ["crm_relationship", "sale_loyalty"],
    "uninstall_hook": "uninstall_hook",
}
