import { registry } from "@web/core/registry";

import { RelationshipExplained } from "@crm_relationship/relationship_value/explained";

const tours = registry.category("web_tour.tours");

/** The server does not answer the next question why. */
function failOnce() {
    const { prototype } = RelationshipExplained;
    const { ask } = prototype;
    prototype.ask = () => {
        prototype.ask = ask;
        return Promise.reject(new Error("No connection"));
    };
}

const cell = (key, state = "") => `.o_rfv_grid [data-cell='${key}']${state}`;

tours.add("relationship_value_paint", {
    steps: () => [
        {
            content: "The segment shows its cells and whom they bring",
            trigger: ".o_rfv_total:contains('1 customer'):contains('1 cell painted')",
        },
        {
            content: "A cell of an earlier segment is marked",
            trigger: cell("5/5", ".o_rfv_taken:contains('Champions')"),
        },
        {
            content: "Paint a cell with two customers",
            trigger: cell("3/2"),
            run: "click",
        },
        {
            content: "The count follows, and nothing is saved yet",
            trigger:
                ".o_form_dirty .o_rfv_total:contains('3 customers'):contains('2 cells painted'), " +
                ".o_form_status_indicator_buttons:not(.invisible) .o_form_button_save",
        },
        {
            trigger: ".o_rfv_total:contains('3 customers'):contains('2 cells painted')",
        },
        {
            content: "One painted by mistake",
            trigger: cell("1/5"),
            run: "click",
        },
        {
            trigger: cell("1/5", ".o_rfv_painted"),
        },
        {
            trigger: ".o_rfv_undo",
            run: "click",
        },
        {
            trigger: cell("1/5", ":not(.o_rfv_painted)"),
        },
        {
            content: "What an earlier segment has painted stays its own",
            trigger: cell("5/5"),
            run: "click",
        },
        {
            trigger:
                ".o_rfv_total:contains('3 customers'):contains('earlier segment, which wins')",
        },
        {
            trigger: ".o_rfv_undo",
            run: "click",
        },
        {
            content: "Take the first one off again, with the keyboard",
            trigger: cell("2/1", ".o_rfv_painted"),
            run({ anchor }) {
                anchor.focus();
            },
        },
        {
            trigger: cell("2/1"),
            run: "press ArrowRight",
        },
        {
            trigger: cell("3/1", ":focus"),
            run: "press ArrowLeft",
        },
        {
            trigger: cell("2/1", ":focus"),
            run: "press Enter",
        },
        {
            trigger: ".o_rfv_total:contains('2 customers'):contains('1 cell painted')",
        },
        {
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "Saved",
            trigger:
                ".o_form_saved, .o_form_status_indicator_buttons.invisible:not(:visible)",
        },
        {
            trigger: ".o_rfv_undo:disabled",
        },
    ],
});

tours.add("relationship_value_why", {
    steps: () => [
        {
            content: "The card of the customer names the segment",
            trigger: ".o_relationship_segment [data-explains='segment_id']",
            run: "click",
        },
        {
            content: "It says why, and what these customers get",
            trigger:
                ".o_relationship_explanation:contains('R 2'):contains('How to treat them')",
        },
        {
            content: "A question that fails",
            trigger: ".o_relationship_scores [data-explains='recency_score']",
            run(helpers) {
                failOnce();
                return helpers.click();
            },
        },
        {
            trigger: ".o_relationship_explanation:contains('could not be looked up')",
        },
        {
            trigger: ".o_relationship_scores [data-explains='recency_score']",
            run: "press Escape",
        },
        {
            trigger: "body:not(:has(.o_relationship_explanation))",
        },
        {
            content: "May be asked again",
            trigger: ".o_relationship_scores [data-explains='recency_score']",
            run: "click",
        },
        {
            content: "A score says its figures",
            trigger: ".o_relationship_explanation:contains('2 of 5')",
        },
        {
            trigger: ".o_relationship_forecast [data-explains='buy_probability']",
            run: "click",
        },
        {
            content: "So does the forecast",
            trigger: ".o_relationship_explanation:contains('Likely to buy in 90 days')",
        },
        {
            content: "And Escape closes it",
            trigger: ".o_relationship_forecast [data-explains='buy_probability']",
            run: "press Escape",
        },
        {
            trigger: "body:not(:has(.o_relationship_explanation))",
        },
    ],
});

tours.add("relationship_value_reports", {
    steps: () => [
        {
            content: "The grid counts customers",
            trigger: cell("3/2", ":contains('2')"),
        },
        {
            trigger: ".o_rfv_measure_revenue",
            run: "click",
        },
        {
            content: "Or their revenue",
            trigger: cell("3/2", ":contains('700')"),
        },
        {
            content: "A key opens its customers, also where fingers tap",
            trigger: cell("3/2"),
            run({ anchor }) {
                anchor.focus();
            },
        },
        {
            trigger: cell("3/2", ":focus"),
            run: "press Enter",
        },
        {
            trigger: ".o_list_view .o_data_row:contains('Padaria Sol')",
        },
        {
            trigger: ".o_list_view:not(:has(.o_data_row:contains('Padaria Lua')))",
        },
        {
            content: "And a figure in a list says why, without opening the record",
            trigger: ".o_data_row:contains('Padaria Sol') [data-explains='segment_id']",
            run: "click",
        },
        {
            trigger: ".o_relationship_explanation:contains('R 3')",
        },
        {
            trigger: ".o_list_view .o_data_row:contains('Padaria Sol')",
        },
        {
            content: "Back to the grid, as it was left",
            trigger: ".o_back_button, .breadcrumb-item a",
            run: "click",
        },
        {
            trigger: ".o_rfv_measure_revenue.active",
        },
        {
            content: "On to the curve of Pareto",
            trigger: "button[data-menu-xmlid='crm_relationship.menu_reporting']",
            run: "click",
        },
        {
            trigger: "a[data-menu-xmlid='crm_relationship.menu_pareto']",
            run: "click",
        },
        {
            trigger: ".o_pareto_headline:contains('of the revenue')",
        },
        {
            trigger: ".o_relationship_chart canvas",
        },
        {
            content: "A class opens its customers",
            trigger: ".o_pareto_table tr[data-class='a'] button",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row:contains('Padaria Sol')",
        },
        {
            trigger: ".o_list_view:not(:has(.o_data_row:contains('Padaria Lua')))",
        },
    ],
});

tours.add("relationship_value_risk", {
    steps: () => [
        {
            trigger: ".o_data_row:contains('Padaria Lua'):contains('70%')",
        },
        {
            content: "Also those who have no forecast",
            trigger: ".o_facet_remove",
            run: "click",
        },
        {
            content: "They come last, and nothing is said of their risk",
            trigger:
                ".o_data_row:contains('Padaria Lua') + .o_data_row:not(:contains('%'))",
        },
        {
            trigger: ".o_data_row:first:contains('Padaria Lua')",
        },
        {
            trigger:
                ".o_data_row:contains('Padaria Sol') td[name='value_at_risk']:not(:contains('0.00'))",
        },
        {
            trigger: ".o_searchview_dropdown_toggler",
            run: "click",
        },
        {
            trigger: ".o_group_by_menu .o_menu_item:contains('Segment')",
            run: "click",
        },
        {
            content: "A group says its risk as its customers do",
            trigger: ".o_group_header:contains('To wake up'):contains('70%')",
        },
    ],
});

tours.add("relationship_value_empty", {
    steps: () => [
        {
            trigger: ".o_nocontent_help:contains('No scores yet')",
        },
        {
            trigger: ".o_nocontent_help button:contains('Refresh now')",
            run: "click",
        },
        {
            trigger: ".o_notification:contains('in the background')",
        },
    ],
});
