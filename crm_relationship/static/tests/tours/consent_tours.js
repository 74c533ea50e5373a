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

const ON_CARD = `.o_relationship_card ${CELL}`;
const ON_PAGE = `.o_widget_relationship_consent ${CELL}`;
const OPEN_PAGE = {
    content: "Open the page of the relationship",
    trigger: ".o_form_view .nav-link[name='relationship']",
    run: "click",
};

function answer(cell, state) {
    return [
        { content: "The answers", trigger: cell, run: "click" },
        {
            trigger: `.o_relationship_answers .o_relationship_answer_${state}`,
            run: "click",
        },
    ];
}

function countLoads() {
    return performance
        .getEntriesByType("resource")
        .filter(({ name }) => name.includes("get_relationship_consents")).length;
}

registry.category("web_tour.tours").add("relationship_consent_boards", {
    steps: () => [
        OPEN_PAGE,
        { trigger: `${ON_CARD}[data-state='granted']` },
        {
            trigger: `${ON_PAGE}[data-state='granted']`,
            run: () => performance.clearResourceTimings(),
        },
        ...answer(ON_PAGE, "withdrawn"),
        { content: "The card follows", trigger: `${ON_CARD}[data-state='withdrawn']` },
        { trigger: `${ON_PAGE}[data-state='withdrawn']` },
        ...answer(ON_CARD, "declined"),
        { content: "The page follows", trigger: `${ON_PAGE}[data-state='declined']` },
        {
            content: "Each board loaded once for each answer",
            trigger: `${ON_CARD}[data-state='declined']`,
            run: () => {
                if (countLoads() !== 4) {
                    throw new Error(`The boards loaded ${countLoads()} times`);
                }
            },
        },
    ],
});

registry.category("web_tour.tours").add("relationship_consent_undo_late", {
    steps: () => [
        OPEN_PAGE,
        ...answer(ON_CARD, "withdrawn"),
        { trigger: `${ON_CARD}[data-state='withdrawn']` },
        {
            content: "The board goes",
            trigger: ".o_relationship_card .o_relationship_toggle",
            run: "click",
        },
        {
            content: "It was a slip",
            trigger:
                "body:not(:has(.o_relationship_card .o_relationship_consent)) " +
                ".o_notification_buttons button:contains('Undo')",
            run: "click",
        },
        {
            content: "It is undone",
            trigger: ".o_notification:contains('Undone')",
        },
        {
            content: "The other board shows what held before",
            trigger: `${ON_PAGE}[data-state='granted']`,
        },
    ],
});

registry.category("web_tour.tours").add("relationship_consent_dialog", {
    steps: () => [
        OPEN_PAGE,
        ...answer(ON_PAGE, "details"),
        {
            content: "Nobody unsays something",
            trigger:
                ".modal select#relationship_consent_state:not(:has(option[value='not_asked']))",
            run: "select withdrawn",
        },
        { trigger: ".modal textarea", run: "edit By letter of 3 May" },
        {
            content: "A doubled click, which fails",
            trigger: ".modal:has(textarea) .btn-primary",
            run({ anchor }) {
                anchor.click();
                anchor.click();
            },
        },
        {
            trigger: ".modal:contains('Please try again') .modal-footer .btn-primary",
            run: "click",
        },
        {
            content: "The text is still there",
            trigger: ".modal textarea:value('By letter of 3 May')",
        },
        { trigger: ".modal:has(textarea) .btn-primary", run: "click" },
        {
            trigger: `${ON_PAGE}[data-state='withdrawn'][title*='By letter of 3 May']`,
        },
        { trigger: "body:not(:has(.modal))" },
    ],
});
