import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

tours.add("relationship_duplicates", {
    steps: () => [
        {
            content: "A new contact",
            trigger:
                ".o_form_view .o_field_widget[name='name'] textarea, .o_form_view .o_field_widget[name='name'] input",
            run: "edit Quirino Zabunba",
        },
        {
            content: "The phone of somebody who is there already",
            trigger: ".o_form_view .o_field_widget[name='phone'] input",
            run: "edit (11) 98765 4321",
        },
        {
            content: "Leave the field",
            trigger: ".o_form_view .o_field_widget[name='email'] input",
            run: "click",
        },
        {
            content: "The form says so and links to that contact",
            trigger:
                ".alert:contains('Looks like') a:contains('Quirino Zabumba'), .alert:contains('Same phone')",
        },
        {
            content: "Which does not keep anybody from saving",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            trigger: ".o_form_saved",
        },
    ],
});

tours.add("relationship_duplicates_review", {
    steps: () => [
        {
            content: "The pair that is none",
            trigger:
                ".o_data_row:contains('Edwiges Xisto') button[name='action_dismiss']",
            run: "click",
        },
        {
            content: "It leaves the list; open the other one",
            trigger:
                ".o_list_view:not(:has(.o_data_row:contains('Edwiges'))) .o_data_row:contains('Quirino') .o_data_cell[name='reason']",
            run: "click",
        },
        {
            content: "What differs is marked",
            trigger: ".o_relationship_comparison .table-warning:contains('Zabunba')",
        },
        {
            content: "Merge them",
            trigger: ".o_statusbar_buttons button[name='action_merge']",
            run: "click",
        },
        {
            content: "Odoo's wizard keeps the one with orders",
            trigger:
                ".modal .o_field_widget[name='dst_partner_id'] input:value('Quirino Zabumba')",
        },
        {
            trigger: ".modal button[name='action_merge']",
            run: "click",
        },
        {
            content: "Back in the list, which says that there is nothing to do",
            trigger: ".o_view_nocontent:contains('No duplicates to review')",
        },
    ],
});
