import { registry } from "@web/core/registry";

const CELL =
    ".o_relationship_consent tr[data-channel='Phone'] .o_relationship_cell[data-purpose='service']";

registry.category("web_tour.tours").add("relationship_consent_withdraw", {
    steps: () => [
        {
            content: "Open the page of the relationship",
            trigger: ".o_form_view .nav-link[name='relationship']",
            run: "click",
        },
        {
            content: "The contact shows what the company granted",
            trigger: `${CELL}[data-state='granted'].o_relationship_inherited`,
        },
        {
            content: "First click: the answers",
            trigger: CELL,
            run: "click",
        },
        {
            content: "Second click: withdrawn",
            trigger: ".o_relationship_answers .o_relationship_answer_withdrawn",
            run: "click",
        },
        {
            content: "It holds at once",
            trigger: `${CELL}[data-state='withdrawn']:not(.o_relationship_inherited)`,
        },
        {
            content: "It was a slip",
            trigger: ".o_notification_buttons button:contains('Undo')",
            run: "click",
        },
        {
            content: "The grant of the company holds again",
            trigger: `${CELL}[data-state='granted'].o_relationship_inherited`,
        },
        {
            content: "With the exact words",
            trigger: CELL,
            run: "click",
        },
        {
            trigger: ".o_relationship_answers .o_relationship_answer_details",
            run: "click",
        },
        {
            trigger: ".modal select#relationship_consent_state",
            run: "select declined",
        },
        {
            trigger: ".modal select#relationship_consent_source",
            run: "select in_person",
        },
        {
            trigger: ".modal textarea",
            run: "edit Not now, thank you",
        },
        {
            trigger: ".modal .btn-primary",
            run: "click",
        },
        {
            content: "The title has the words",
            trigger: `${CELL}[data-state='declined'][title*='Not now, thank you']`,
        },
        {
            content: "All that was ever said",
            trigger: "button:contains('All statements')",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row:contains('Bia'):contains('Declined')",
        },
        {
            trigger: ".o_list_view .o_data_row:contains('Café Central')",
        },
    ],
});
