import { registry } from "@web/core/registry";

/** An administrator changes when a stage is tried, and sees who would move before. */
registry.category("web_tour.tours").add("relationship_stage_change", {
    steps: () => [
        {
            content: "Open the stage",
            trigger: ".o_data_row:contains(Second purchase) td[name='name']",
            run: "click",
        },
        {
            content: "Try it last of all",
            trigger: ".o_field_widget[name='sequence'] input",
            run: "edit 5",
        },
        {
            content: "Leave the field",
            trigger: ".o_field_widget[name='rank'] input",
            run: "click",
        },
        {
            content: "The form says already who would move",
            trigger:
                ".o_relationship_placing_preview:contains(If you save: 1 customer)",
        },
        {
            content: "Save",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "Not yet",
            trigger: ".modal .o_relationship_placing_cancel",
            run: "click",
        },
        {
            content: "Nothing was saved",
            trigger:
                ".o_form_status_indicator_buttons:not(.invisible) .o_form_button_save",
            run: "click",
        },
        {
            content: "Who is it?",
            trigger:
                ".modal .o_relationship_placing_move[data-from='Second purchase'][data-to='Frequent buyer']",
            run: "click",
        },
        {
            content: "The customer is listed",
            trigger: ".modal .o_data_row:contains(Twice)",
        },
        {
            content: "Close the list",
            trigger: ".modal:has(.o_data_row) .btn-close",
            run: "click",
        },
        {
            content: "Move them",
            trigger: ".modal .o_relationship_placing_confirm",
            run: "click",
        },
        {
            content: "Saved",
            trigger: ".o_form_status_indicator_buttons.invisible:not(:visible)",
        },
    ],
});

/** An administrator chooses another funnel. */
registry.category("web_tour.tours").add("relationship_funnel_choice", {
    steps: () => [
        {
            content: "There are others",
            trigger: ".o_control_panel button:contains(Choose a Funnel)",
            run: "click",
        },
        {
            content: "This one is used now",
            trigger:
                ".modal .o_relationship_funnel_preview:contains(using this funnel)",
        },
        {
            content: "Look at another",
            trigger: ".modal .o_field_radio label:contains(Services)",
            run: "click",
        },
        {
            content: "The customers would be here",
            trigger: ".modal .o_relationship_funnel_preview:contains(Under contract)",
        },
        {
            content: "Use it",
            trigger: ".modal button[name='action_apply']",
            run: "click",
        },
        {
            content: "The funnel has other columns",
            trigger:
                ".o_kanban_group:contains(Under contract) .o_kanban_record:contains(Twice)",
        },
    ],
});
