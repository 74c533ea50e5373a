import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

tours.add("relationship_funnel", {
    steps: () => [
        {
            content: "Empty columns are shown",
            trigger: ".o_kanban_group:has(.o_column_title:contains('Lost'))",
        },
        {
            content: "A quiet customer is at risk; the card says why",
            trigger:
                ".o_kanban_group:has(.o_column_title:contains('Lost'), .o_column_title:contains('At risk')) " +
                ".o_kanban_record:contains('Padaria Aurora'):contains('55 days ago')",
            run: "click",
        },
        {
            content: "The profile shows the card with the next step",
            trigger:
                ".o_relationship_card .o_relationship_next_step:contains('Gone quiet')",
        },
        {
            content: "The picture shows the order days",
            trigger: ".o_relationship_picture .o_relationship_expected",
        },
        {
            content: "Open the customer",
            trigger: "button[name='action_open_partner']",
            run: "click",
        },
        {
            content: "The same card on the customer's form",
            trigger:
                ".o_form_view .o_relationship_card:contains('Usually every 10 days')",
        },
        {
            content: "And back to the profile",
            trigger: "button[name='action_open_relationship']",
            run: "click",
        },
        {
            content: "We are on the profile",
            trigger:
                ".o_breadcrumb:contains('Padaria Aurora') ~ *, button[name='action_open_partner']",
        },
    ],
});

tours.add("relationship_stage_by_hand", {
    steps: () => [
        {
            trigger: "button:contains('Set Stage')",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name='stage_id'] input",
            run: "edit Frequent",
        },
        {
            trigger:
                ".ui-autocomplete a:contains('Frequent buyer'), .o-autocomplete--dropdown-item:contains('Frequent buyer')",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name='reason'] input",
            run: "edit Orders by phone from our branch",
        },
        {
            trigger: ".modal button[name='action_apply']",
            run: "click",
        },
        {
            content: "The form says that and why the stage was set",
            trigger: ".alert:contains('Orders by phone from our branch')",
        },
        {
            content: "The card follows",
            trigger: ".o_relationship_card .o_tag:contains('Frequent buyer')",
        },
        {
            trigger: "button[name='action_unpin']",
            run: "click",
        },
        {
            content: "The rules decide again",
            trigger: ".o_form_view:not(:has(.alert:contains('Orders by phone')))",
        },
        {
            content: "And the card with them",
            trigger:
                ".o_relationship_card:not(:has(.fa-thumb-tack)) .o_tag:contains('At risk')",
        },
    ],
});

tours.add("relationship_rules", {
    steps: () => [
        {
            trigger: ".o_data_row .o_data_cell:contains('Second purchase')",
            run: "click",
        },
        {
            content: "The rule shows how many customers match",
            trigger: ".o_field_domain .o_domain_show_selection_button",
        },
        {
            trigger: "button[name='action_open_profiles']",
            run: "click",
        },
        {
            content: "Empty list says what to do",
            trigger: ".o_list_view, .o_view_nocontent",
        },
    ],
});

tours.add("relationship_identify", {
    steps: () => [
        {
            content: "Somebody calls: type the number as the phone shows it",
            trigger: ".o_searchview_input",
            run: "edit (11) 98765-4321",
        },
        {
            trigger: ".o_searchview_input",
            run: "press Enter",
        },
        {
            content: "One customer has a contact with this number",
            trigger: ".o_data_row .o_data_cell:contains('Padaria Aurora')",
            run: "click",
        },
        {
            content: "The card says how to reach them and what to know before",
            trigger:
                ".o_relationship_reach:contains('WhatsApp'):contains('ask for Beatriz'):contains('Never on Mondays')",
        },
        {
            content: "What they usually buy, and what they bought once",
            trigger:
                ".o_relationship_products:contains('Truffles'):contains('Once and never again'):contains('Wedding cake')",
        },
        {
            content: "What to ask next",
            trigger: ".o_relationship_question:contains('remember?')",
        },
        {
            content: "A child's birthday, while on the phone",
            trigger: ".o_relationship_key_date_add",
            run: "click",
        },
        {
            trigger: ".o_relationship_key_dates select:has(option:contains('Child'))",
            run: "selectByLabel Child",
        },
        {
            trigger: ".o_relationship_key_dates input[name='key_date_name']",
            run: "edit Clara",
        },
        {
            trigger: ".o_relationship_key_dates input[name='key_date_text']",
            run: "edit 29 feb 2020",
        },
        {
            trigger: ".o_relationship_key_dates input[name='key_date_text']",
            run: "press Enter",
        },
        {
            content: "It is on the card",
            trigger: ".o_relationship_key_date:contains('Clara'):contains('turns')",
        },
        {
            content: "And it is not asked for any more",
            trigger:
                ".o_relationship_card:not(:has(.o_relationship_question:contains('remember?')))",
        },
        {
            content: "No offers by phone any more: the first click",
            trigger:
                ".o_relationship_card tr[data-channel='Phone'] .o_relationship_cell[data-purpose='offers'][data-state='granted']",
            run: "click",
        },
        {
            content: "The second click",
            trigger: ".o_relationship_answers .o_relationship_answer_withdrawn",
            run: "click",
        },
        {
            content: "The card shows it",
            trigger:
                ".o_relationship_card tr[data-channel='Phone'] .o_relationship_cell[data-purpose='offers'][data-state='withdrawn']",
        },
    ],
});
