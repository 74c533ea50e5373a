import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

const card = (verdict, part = "") => `.o_proof_card[data-verdict='${verdict}'] ${part}`;
const figure = (name, part) => card("works", `[data-figure='${name}'] ${part}`);

tours.add("relationship_proof", {
    steps: () => [
        {
            content: "The verdict in words",
            trigger: card("works", ".o_proof_verdict:contains('It works')"),
        },
        {
            content: "Treated and left alone",
            trigger: figure("ordered", ".o_proof_value:contains('90%')"),
        },
        {
            trigger: figure("ordered", ".o_proof_value:contains('10%')"),
        },
        {
            content: "The difference, and where it may lie",
            trigger: figure("ordered", ".o_proof_said:contains('+80 points')"),
        },
        {
            trigger: figure("ordered", ".o_proof_bar.o_proof_more"),
        },
        {
            content: "What it costs",
            trigger: card("works", ".o_proof_money:contains('it pays')"),
        },
        {
            content: "Another rule has to wait",
            trigger: card("early", ".o_proof_verdict:contains('Not enough data')"),
        },
        {
            content: "Whom nobody leaves alone proves nothing",
            trigger: card("nobody", ".o_proof_verdict:contains('Nobody can tell')"),
        },
        {
            content: "The number opens who it counts",
            trigger: card("works", "[data-group='held_out'] .o_proof_customers"),
            run: "click",
        },
        {
            trigger: ".o_list_view .o_pager_limit:contains('30')",
        },
        {
            trigger: ".o_back_button, .breadcrumb-item a",
            run: "click",
        },
        {
            content: "Choose another period",
            trigger: ".o_proof .o_period_picker_button",
            run: "click",
        },
        {
            trigger: ".o_period_picker_menu .o_period_last_year",
            run: "click",
        },
        {
            trigger: ".o_proof .o_view_nocontent:contains('No rule has acted')",
        },
    ],
});

tours.add("relationship_proof_phone", {
    steps: () => [
        {
            trigger: card("works", ".o_proof_verdict:contains('It works')"),
        },
        {
            trigger: card("works", "[data-figure='ordered'] .o_proof_value .btn"),
            run: "click",
        },
        {
            trigger: ".o_kanban_view .o_kanban_record:contains('Bar')",
        },
    ],
});

tours.add("relationship_proof_costs", {
    steps: () => [
        {
            content: "The return is missing, and what to do about it",
            trigger: card("works", ".o_proof_costs"),
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row:contains('Call')",
        },
    ],
});
