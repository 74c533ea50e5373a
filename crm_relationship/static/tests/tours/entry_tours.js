import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

tours.add("relationship_entry_rule", {
    steps: () => [
        {
            content: "What a stage starts is said on the stage",
            trigger: ".o_notebook .nav-link:contains('On Entry')",
            run: "click",
        },
        {
            trigger: "button[name='action_add_entry_rule']",
            run: "click",
        },
        {
            content: "The rule is about this stage",
            trigger:
                ".modal .o_field_widget[name='stage_ids'] .o_tag:contains('Won back')",
        },
        {
            trigger: ".modal .o_field_widget[name='name'] textarea",
            run: "edit Thank who came back",
        },
        {
            trigger: ".modal .o_field_widget[name='activity_summary'] input",
            run: "edit Say thank you",
        },
        {
            content: "It reads as a sentence",
            trigger: ".modal .o_relationship_rule_words:contains('enters “Won back”')",
        },
        {
            trigger: ".modal .o_form_button_save",
            run: "click",
        },
        {
            content: "The stage has the rule",
            trigger:
                "body:not(:has(.modal)) .o_field_widget[name='entry_rule_ids'] .o_data_cell:contains('Thank who came back')",
            run: "click",
        },
        {
            content: "And opens it, to be changed",
            trigger: ".modal .o_field_widget[name='activity_days'] input",
            run: "edit 5 && press Tab",
        },
        {
            trigger: ".modal .o_relationship_rule_words:contains('due in 5 ')",
        },
        {
            trigger: ".modal .o_form_button_save",
            run: "click",
        },
        {
            content: "It is off until somebody has looked at it",
            trigger:
                "body:not(:has(.modal)) .o_field_widget[name='entry_rule_ids'] button[name='action_open_activation']",
            run: "click",
        },
        {
            trigger: ".modal button[name='action_switch_on']",
            run: "click",
        },
        {
            trigger:
                "body:not(:has(.modal)) .o_field_widget[name='entry_rule_ids'] button[name='action_switch_off']",
        },
        {
            content: "Nothing is left to be saved",
            trigger: ".o_form_view:not(:has(.o_form_status_indicator_buttons:visible))",
        },
    ],
});

tours.add("relationship_entry_move", {
    steps: () => [
        {
            trigger: "button:contains('Set Stage')",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name='stage_id'] input",
            run: "edit Won",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains('Won back')",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name='reason'] input",
            run: "edit Ordered by phone",
        },
        {
            trigger: ".modal button[name='action_apply']",
            run: "click",
        },
        {
            trigger: ".alert:contains('Ordered by phone')",
        },
    ],
});

tours.add("relationship_entry_done", {
    steps: () => [
        {
            content: "The next step on the card is what the stage started",
            trigger:
                ".o_relationship_card .o_relationship_next_step:contains('Say thank you')",
        },
    ],
});
