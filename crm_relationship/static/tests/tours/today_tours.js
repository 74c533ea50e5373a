import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

const row = (name) => `.o_today_row[aria-label='${name}']`;
const said = (text) => `.o_today_said:contains('${text}')`;

tours.add("today_on_a_phone", {
    steps: () => [
        {
            content: "Who is overdue comes first, with the reason",
            trigger: `.o_today_section:first-of-type ${row("Bar do Porto")}:contains('170 days ago')`,
        },
        {
            trigger: ".o_today_headline:contains('3 customers to contact')",
        },
        {
            content: "One tap calls",
            trigger: `${row("Bar do Porto")} a.o_today_call[href='tel:+351225550100']`,
        },
        {
            content: "One tap says what came of it",
            trigger: `${row("Bar do Porto")} .o_today_outcome[data-value='interested']`,
            run: "click",
        },
        {
            trigger: said("Bar do Porto: Interested"),
        },
        {
            content: "By mistake",
            trigger: ".o_today_said .o_today_undo",
            run: "click",
        },
        {
            trigger: `${row("Bar do Porto")} .o_today_outcome[data-value='no_answer']`,
            run: "click",
        },
        {
            trigger: `${row("Bar do Porto")} .o_today_asks button:contains('2 days')`,
            run: "click",
        },
        {
            trigger: said("Bar do Porto: No Answer, again on"),
        },
        {
            content: "Details, and what was said",
            trigger: `${row("Café Central")} .o_today_toggle`,
            run: "click",
        },
        {
            trigger: `${row("Café Central")} .o_relationship_card`,
        },
        {
            trigger: `${row("Café Central")} input[name='today_text']`,
            run: "edit Has a new supplier",
        },
        {
            trigger: `${row("Café Central")} .o_today_outcome[data-value='lost']`,
            run: "click",
        },
        {
            trigger: `${row("Café Central")} .o_today_asks button:contains('Too expensive')`,
            run: "click",
        },
        {
            content: "The one before has left, it is listed below",
            trigger: `body:not(:has(${said("Bar do Porto")})) ${said("Café Central: Lost, Too expensive")}`,
        },
        {
            trigger: `${row("Doceria")} .o_today_outcome[data-value='not_now']`,
            run: "click",
        },
        {
            trigger: said("Doceria: Not Now"),
        },
        {
            content: "The work is done",
            trigger: ".o_today_headline:contains('Nothing left for today')",
        },
        {
            trigger: ".o_today_done:contains('Café Central'):contains('Bar do Porto')",
        },
    ],
});

tours.add("today_with_the_keyboard", {
    steps: () => [
        {
            trigger: row("Bar do Porto"),
        },
        {
            content: "Arrows go from one to the next",
            trigger: ".o_today",
            run: "press ArrowDown",
        },
        {
            trigger: `${row("Bar do Porto")}:focus`,
            run: "press ArrowDown",
        },
        {
            trigger: `${row("Café Central")}:focus`,
            run: "press ArrowUp",
        },
        {
            content: "A number says the outcome",
            trigger: `${row("Bar do Porto")}:focus`,
            run: "press 1",
        },
        {
            trigger: said("Bar do Porto: Interested"),
        },
        {
            content: "The next one has the focus",
            trigger: `${row("Café Central")}:focus:has(.o_today_outcome:enabled)`,
            run: "press 3",
        },
        {
            content: "A number chooses why",
            trigger: `${row("Café Central")}:has(.o_today_asks):focus`,
            run: "press 1",
        },
        {
            trigger: said("Café Central: Lost, Too expensive"),
        },
        {
            content: "U takes it back",
            trigger: `${row("Doceria")}:focus:has(.o_today_outcome:enabled)`,
            run: "press u",
        },
        {
            trigger: `${row("Café Central")}:has(.o_today_outcome:enabled)`,
        },
        {
            trigger: `body:not(:has(.o_today_said)) ${row("Doceria")}`,
        },
    ],
});

tours.add("today_of_a_member", {
    steps: () => [
        {
            content: "The leader has nothing to do",
            trigger: ".o_today_empty:contains('All done')",
        },
        {
            trigger: "select[name='today_person']",
            run: "selectByLabel relationship_ana",
        },
        {
            content: "Sees what is to be done, and does not do it",
            trigger: `.o_today:contains('This is the work list of') ${row("Bar do Porto")}:not(:has(.o_today_outcomes))`,
        },
    ],
});
