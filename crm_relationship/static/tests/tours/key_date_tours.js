import { registry } from "@web/core/registry";

const { DateTime } = luxon;
const tours = registry.category("web_tour.tours");

// Born in a leap year, so that the tour can run on any day.
const birthday = () => DateTime.now().plus({ days: 5 }).set({ year: 2016 });
const WIDGET = ".o_relationship_key_dates";

// The keyboard is where the focus is, wherever the step looks.
const pressOn = (key) =>
    async function (helpers) {
        this.anchor.focus();
        await helpers.press(key);
    };

tours.add("relationship_key_date_add", {
    steps: () => [
        {
            content: "On the card",
            trigger: ".o_relationship_key_date_add",
            run: "click",
        },
        {
            content: "A child is offered first",
            trigger: `${WIDGET} select:has(option:checked:contains('Child'))`,
        },
        {
            trigger: `${WIDGET} input[name='key_date_name']`,
            run: "edit Lia",
        },
        {
            trigger: `${WIDGET} input[name='key_date_text']`,
            run: "edit 31/4",
        },
        {
            content: "A day that is none is refused while it is typed",
            trigger: `${WIDGET} .text-danger:contains('April has no day 31')`,
        },
        {
            trigger: `${WIDGET} input[name='key_date_text']`,
            run: () => {
                const input = document.querySelector(
                    ".o_relationship_key_dates input[name='key_date_text']"
                );
                input.value = birthday().toFormat("d LLL yyyy", { locale: "en" });
                input.dispatchEvent(new Event("input", { bubbles: true }));
            },
        },
        {
            content: "The date is told in words before it is saved",
            trigger: `${WIDGET} [role=status]:contains('in 5 days'):contains('turns')`,
        },
        {
            trigger: `${WIDGET} input[name='key_date_text']`,
            run: "press Enter",
        },
        {
            content: "It is among the next dates",
            trigger: `${WIDGET} li:contains('Lia'):contains('in 5 days')`,
        },
        {
            content: "A slip is undone from the notification",
            trigger: ".o_notification:contains('Lia') button:contains('Undo')",
            run: "click",
        },
        {
            content: "What was typed is there again",
            trigger: `${WIDGET}:not(:has(li:contains('Lia'))) input[name='key_date_text']`,
            run: "click",
        },
        {
            content: "With its name, ready to be saved",
            trigger: `${WIDGET} input[name='key_date_name']:value(Lia)`,
            run: "press Enter",
        },
        {
            trigger: `${WIDGET} li:contains('Lia'):contains('in 5 days')`,
        },
        {
            trigger: ".o_notebook .nav-link[name='relationship']",
            run: "click",
        },
        {
            content: "The list on the page follows",
            trigger:
                ".o_field_widget[name='relationship_key_date_ids'] .o_data_row:contains('Lia')",
        },
    ],
});

tours.add("relationship_key_date_cancel", {
    steps: () => [
        {
            trigger: ".o_relationship_key_date_add",
            run: "click",
        },
        {
            trigger: `${WIDGET} select:has(option:checked:contains('Child'))`,
        },
        {
            trigger: `${WIDGET} input[name='key_date_name']`,
            run: "edit Theo",
        },
        {
            trigger: `${WIDGET} input[name='key_date_text']`,
            run: "edit 14/3",
        },
        {
            content: "Enter where one chooses saves nothing",
            trigger: `${WIDGET} select`,
            run: pressOn("Enter"),
        },
        {
            content: "The row is still open; Enter on Cancel presses Cancel",
            trigger: `${WIDGET}:has(input[name='key_date_name']:value(Theo)) button:contains('Cancel')`,
            run: pressOn("Enter"),
        },
        {
            content: "And the row is closed, nothing was added",
            trigger: `${WIDGET}:not(:has(li:contains('Theo'))) .o_relationship_key_date_add`,
            run: "click",
        },
        {
            trigger: `${WIDGET} select:has(option:checked:contains('Child'))`,
            run: pressOn("Escape"),
        },
        {
            content: "Escape cancels anywhere",
            trigger: ".o_relationship_key_date_add",
            run: "click",
        },
        {
            trigger: `${WIDGET} button:contains('Cancel')`,
            run: pressOn("Escape"),
        },
        {
            trigger: ".o_relationship_key_date_add",
        },
    ],
});

tours.add("relationship_key_date_list", {
    steps: () => [
        {
            content: "The next 30 days are shown first",
            trigger: ".o_searchview_facet:contains('In the Next 30 Days')",
        },
        {
            trigger: ".o_data_row:contains('Lia'):contains('Padaria Aurora')",
        },
        {
            content: "And on the calendar",
            trigger: ".o_switch_view.o_calendar",
            run: "click",
        },
        {
            trigger:
                ".o_calendar_view .fc-event, .o_calendar_view .o_calendar_renderer",
        },
    ],
});
