import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const MENU = ".o_main_navbar";

tours.add("relationship_case_resolve", {
    steps: () => [
        {
            content: "The menu of cases",
            trigger: `${MENU} button[data-menu-xmlid='crm_relationship.menu_cases'],
                ${MENU} .dropdown-toggle:contains('Cases')`,
            run: "click",
        },
        {
            trigger: ".o-dropdown--menu a:contains('All Cases')",
            run: "click",
        },
        {
            content: "What came by e-mail is there",
            trigger: ".o_data_row td:contains('Crushed box')",
            run: "click",
        },
        {
            content: "With what the customer says",
            trigger:
                ".o_form_view .o_field_widget[name=description]:contains('came crushed')",
        },
        {
            content: "Write to the customer",
            trigger: ".o-mail-Chatter-sendMessage",
            run: "click",
        },
        {
            trigger: ".o-mail-Composer-input",
            run: "edit We are sorry. A new box is on its way.",
        },
        {
            trigger: ".o-mail-Composer-send:enabled",
            run: "click",
        },
        {
            trigger: ".o-mail-Message:contains('A new box is on its way')",
        },
        {
            trigger: ".o_form_statusbar button[name=action_resolve]",
            run: "click",
        },
        {
            content: "Nothing is resolved without a word on how",
            trigger: ".modal .note-editable, .modal .odoo-editor-editable",
            run: "editor Sent a new box",
        },
        {
            trigger: ".modal .o_field_widget[name=cause_id] input",
            run: "edit Damaged",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains('Damaged on the way')",
            run: "click",
        },
        {
            trigger: ".modal button[name=action_apply]",
            run: "click",
        },
        {
            content: "The case is resolved",
            trigger:
                "body:not(:has(.modal)) .o_form_statusbar button[name=action_reopen]",
        },
        {
            trigger: ".o_notebook .nav-link:contains('Resolution')",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=resolution]:contains('Sent a new box')",
        },
    ],
});

tours.add("relationship_case_rated", {
    steps: () => [
        {
            content: "The case shows what the customer says",
            trigger: ".o_form_view .o_field_widget[name=rating_last_feedback]",
        },
        {
            trigger:
                ".o_form_view .o_field_widget[name=rating_last_feedback]:contains('Very kind')",
        },
        {
            trigger: "button[name=action_open_ratings]:contains('Satisfaction')",
        },
    ],
});
