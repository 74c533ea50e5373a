import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

tours.add("relationship_privacy_anonymize", {
    steps: () => [
        {
            content: "The actions of the contact",
            trigger: ".o_form_view .o_cp_action_menus button:has(.fa-cog)",
            run: "click",
        },
        {
            content: "Both are there for an officer",
            trigger: ".o-dropdown-item:contains('Export Personal Data')",
        },
        {
            trigger: ".o-dropdown-item:contains('Anonymize')",
            run: "click",
        },
        {
            content: "The dialog says what stays and why",
            trigger:
                ".modal .o_field_widget[name='summary']:contains('Reports of taxes')",
        },
        {
            content: "It wants the name",
            trigger: ".modal .o_field_widget[name='confirmation'] input",
            run: "edit Berta Blum",
        },
        {
            trigger: ".modal button[name='action_anonymize']",
            run: "click",
        },
        {
            content: "The contact says that nobody is left",
            trigger: ".o_form_view .alert:contains('Anonymized on')",
        },
        {
            trigger: "body:not(:has(.modal))",
        },
        {
            content: "To the log",
            trigger: ".o_navbar_apps_menu button",
            run: "click",
        },
        {
            trigger:
                ".o-dropdown-item[data-menu-xmlid='crm_relationship.menu_root'], .o_app[data-menu-xmlid='crm_relationship.menu_root']",
            run: "click",
        },
        {
            trigger: "button[data-menu-xmlid='crm_relationship.menu_configuration']",
            run: "click",
        },
        {
            trigger:
                ".o-dropdown-item[data-menu-xmlid='crm_relationship.menu_privacy_log']",
            run: "click",
        },
        {
            content: "It has the entry, without the name",
            trigger:
                ".o_list_view:not(:contains('Berta')) .o_data_row:first:contains('Anonymized'):contains('B**** B***')",
        },
    ],
});
