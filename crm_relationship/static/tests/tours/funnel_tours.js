import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

const row = (name, part = "") => `.o_funnel_row[data-name='${name}'] ${part}`;
const back = {
    content: "Back to the report",
    trigger: ".o_back_button, .breadcrumb-item a",
    run: "click",
};

tours.add("relationship_funnel_report", {
    steps: () => [
        {
            content: "The whole year: two came, and one went on",
            trigger: row("Dawn", ".o_funnel_present:contains('2')"),
        },
        {
            trigger: row("Dawn", ".o_funnel_up:contains('1')"),
        },
        {
            trigger: ".o_funnel_headline:contains('Fewest go on')",
        },
        {
            content: "Choose another period",
            trigger: ".o_period_picker_button",
            run: "click",
        },
        {
            trigger: ".o_period_picker_menu .o_period_this_month",
            run: "click",
        },
        {
            content: "This month both were there, and one is left at the end",
            trigger: ".o_period_picker_button:contains('This month')",
        },
        {
            trigger: row("Dawn", ".o_funnel_came:contains('0')"),
        },
        {
            content: "The number opens who it counts",
            trigger: row("Dawn", ".o_funnel_count:contains('1')"),
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row:contains('Padaria Lua')",
        },
        {
            trigger: ".o_list_view:not(:has(.o_data_row:contains('Padaria Sol')))",
        },
        back,
        {
            content: "The report is as it was left",
            trigger: ".o_period_picker_button:contains('This month')",
        },
        {
            trigger: row("Dawn", ".o_funnel_up"),
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row:contains('Padaria Sol')",
        },
        {
            trigger: ".o_list_view:not(:has(.o_data_row:contains('Padaria Lua')))",
        },
        back,
        {
            trigger: row("Dawn"),
        },
        {
            content: "The search narrows the report",
            trigger: ".o_relationship_value_report .o_searchview_input",
            run: "edit Padaria Lua",
        },
        {
            trigger:
                ".o_searchview_autocomplete .o-dropdown-item:contains('Customer'):first",
            run: "click",
        },
        {
            trigger: row("Dawn", ".o_funnel_present:contains('1')"),
        },
        {
            content: "One's own dates",
            trigger: ".o_period_picker_button",
            run: "click",
        },
        {
            trigger: ".o_period_picker_menu .o_period_custom",
            run: "click",
        },
        {
            trigger: ".o_period_picker_days input:first",
            run: "edit 01/01/2020 && press Enter",
        },
        {
            content: "From then on, she entered",
            trigger: row("Dawn", ".o_funnel_came:contains('1')"),
        },
    ],
});

tours.add("relationship_flow_report", {
    steps: () => [
        {
            content: "Who joined is left out at first",
            trigger: ".o_flow_diagram .o_flow_band.o_flow_up",
        },
        {
            trigger: ".o_flow_diagram:not(:has(.o_flow_in))",
        },
        {
            trigger: ".o_flow_ends input",
            run: "click",
        },
        {
            trigger: ".o_flow_band.o_flow_in",
        },
        {
            content: "The move has its time",
            trigger:
                ".o_flow_table tr:contains('Dawn'):contains('Noon'):contains('days')",
        },
        {
            content: "A band opens its moves",
            trigger: ".o_flow_band.o_flow_up",
            run({ anchor }) {
                anchor.dispatchEvent(new MouseEvent("click", { bubbles: true }));
            },
        },
        {
            trigger: ".o_list_view .o_data_row:contains('Padaria Sol'):contains('Up')",
        },
        {
            trigger: ".o_list_view:not(:has(.o_data_row:contains('Padaria Lua')))",
        },
    ],
});

tours.add("relationship_cohort_report", {
    steps: () => [
        {
            content: "Both first bought two months ago; one came back a month later",
            trigger: ".o_cohort_table [data-cell$='/1']:contains('50%')",
        },
        {
            trigger: ".o_cohort_number",
            run: "click",
        },
        {
            trigger: ".o_cohort_table [data-cell$='/1']:contains('1')",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row:contains('Padaria Sol')",
        },
        {
            trigger: ".o_list_view:not(:has(.o_data_row:contains('Padaria Lua')))",
        },
        back,
        {
            content: "All of the cohort",
            trigger: ".o_cohort_number.active",
        },
        {
            trigger: ".o_cohort_size button:contains('2')",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row:contains('Padaria Lua')",
        },
    ],
});

tours.add("relationship_funnel_report_empty", {
    steps: () => [
        {
            trigger: ".o_nocontent_help:contains('Nobody was in the funnel')",
        },
        {
            trigger: ".o_period_picker_button",
        },
    ],
});
