import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

/** From the form of a rule that is off: preview, change, test, switch on. */
function switchOn() {
    return [
        {
            content: "The form says for how many it would act",
            trigger:
                ".o_relationship_rule_preview .o_relationship_rule_count:contains('2')",
        },
        {
            trigger: ".o_relationship_rule_examples:contains('Bar Azul')",
        },
        {
            content: "And who is left out",
            trigger:
                ".o_relationship_rule_excluded li[data-outcome='complaint'] strong:contains('1')",
        },
        {
            content: "It looks back, too; that may take longer than a tour waits",
            trigger: ".o_relationship_rule_look_back:contains('90 days')",
        },
        {
            content: "It follows what is typed",
            trigger: ".o_field_widget[name='rhythm_factor'] input",
            run: "edit 3 && press Tab",
        },
        {
            trigger: ".o_relationship_rule_words:contains('3 times their usual')",
        },
        {
            trigger:
                ".o_relationship_rule_preview:not(.o_loading) .o_relationship_rule_count:contains('1')",
        },
    ];
}

function confirmSwitch() {
    return [
        {
            content: "Only a rule that has paused can go on",
            trigger:
                ".modal .o_field_widget[name='backlog']:not(:contains('Go on where'))",
        },
        {
            content: "What is due already is asked about",
            trigger:
                ".modal .o_field_widget[name='backlog'] label:contains('Act for all')",
            run: "click",
        },
        {
            trigger: ".modal button[name='action_switch_on']",
            run: "click",
        },
    ];
}

tours.add("relationship_rule_build", {
    steps: () => [
        {
            content: "What is ready to be switched on",
            trigger:
                ".o_list_view .o_data_row .o_data_cell:contains('Call good customers')",
            run: "click",
        },
        ...switchOn(),
        {
            content: "Why would it act for a customer?",
            trigger: ".o_relationship_rule_test",
            run: "click",
        },
        {
            trigger: ".modal .o_relationship_rule_customer input",
            run: "edit Bar Azul",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains('Bar Azul')",
            run: "click",
        },
        {
            trigger: ".modal .o_relationship_rule_verdict.alert-success",
        },
        {
            trigger: ".modal .o_relationship_rule_steps .fa-check-circle",
        },
        {
            trigger: ".modal .btn-close",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal)) button[name='action_open_activation']",
            run: "click",
        },
        ...confirmSwitch(),
        {
            trigger:
                "body:not(:has(.modal)) .o_field_widget[name='state'] .o_arrow_button_current:contains('On')",
        },
        {
            trigger: ".o_field_widget[name='schedule']:contains('every hour')",
        },
        {
            content: "Nothing is left to be saved",
            trigger: ".o_form_view:not(:has(.o_form_status_indicator_buttons:visible))",
        },
    ],
});

tours.add("relationship_rule_phone", {
    steps: () => [
        {
            trigger: ".o_kanban_record:contains('Call good customers')",
            run: "click",
        },
        {
            content: "The count follows the thumb",
            trigger: ".o_relationship_rule_bar:contains('2')",
            run: "click",
        },
        ...switchOn(),
        {
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            trigger: ".o_form_view:not(:has(.o_form_status_indicator_buttons:visible))",
        },
        {
            trigger: ".o_back_button, .breadcrumb .o_back_button",
            run: "click",
        },
        {
            content: "Switched on from the list",
            trigger:
                ".o_kanban_record:contains('Call good customers') button[name='action_open_activation']",
            run: "click",
        },
        ...confirmSwitch(),
        {
            trigger:
                "body:not(:has(.modal)) .o_kanban_record:contains('Call good customers') button[name='action_switch_off']",
        },
    ],
});
