import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

const column = (name) => `.o_kanban_group:has(.o_column_title:contains('${name}'))`;
const card = (name) => `${column(name)} .o_kanban_record:contains('Padaria Aurora')`;
const drag = {
    content: "Drag the customer into another stage",
    trigger: card("New contact"),
    run: `drag_and_drop (${column("Quotation")})`,
};
const why = {
    content: "Say why",
    trigger: ".modal .o_field_widget[name='reason'] input",
    run: "edit Orders by phone from our branch",
};
const apply = {
    trigger: ".modal button[name='action_apply']",
    run: "click",
};
const moved = {
    content: "The card says until when and why",
    trigger: `${card("Quotation")}:has(.fa-thumb-tack):contains('from our branch')`,
};
const back = {
    content: "The card is back, and nobody keeps it there",
    trigger: `${card("New contact")}:not(:has(.fa-thumb-tack))`,
};

tours.add("relationship_drag_and_undo", {
    steps: () => [
        drag,
        {
            content: "The dialog asks why, and knows where to",
            trigger:
                ".modal:contains('Move to “Quotation”'):contains('Padaria Aurora')",
        },
        {
            content: "No: rather not",
            trigger: ".modal .modal-footer button:contains('Discard')",
            run: "click",
        },
        back,
        drag,
        {
            content: "Without a reason it does not go",
            trigger: ".modal button[name='action_apply']",
            run: "click",
        },
        {
            trigger: ".modal .o_field_invalid[name='reason']",
        },
        why,
        apply,
        moved,
        {
            content: "Undo in the message",
            trigger:
                ".o_notification:contains('from “New contact” to “Quotation”') button:contains('Undo')",
            run: "click",
        },
        {
            trigger: ".o_notification:contains('is back in “New contact”')",
        },
        back,
    ],
});

tours.add("relationship_move_menu", {
    steps: () => [
        drag,
        why,
        apply,
        moved,
        {
            content: "Release the stage in the card's menu",
            trigger: card("Quotation"),
            run: `hover && click ${card("Quotation")} .o_dropdown_kanban button`,
        },
        {
            trigger: ".o-dropdown--kanban-record-menu a:contains('Release Stage')",
            run: "click",
        },
        back,
        {
            content: "Set it again in the card's menu",
            trigger: card("New contact"),
            run: `hover && click ${card("New contact")} .o_dropdown_kanban button`,
        },
        {
            trigger: ".o-dropdown--kanban-record-menu a:contains('Set Stage')",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name='stage_id'] input",
            run: "edit Quot",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains('Quotation')",
            run: "click",
        },
        why,
        apply,
        moved,
        {
            content: "The customer's page says the same",
            trigger: card("Quotation"),
            run: "click",
        },
        {
            trigger: ".o_form_view .alert:contains('from our branch')",
        },
        {
            content: "And undoes it",
            trigger: "button[name='action_undo_move']",
            run: "click",
        },
        {
            trigger: ".o_form_view:not(:has(.alert:contains('from our branch')))",
        },
        {
            content: "The log has both ways",
            trigger: ".nav-link[name='moves']",
            run: "click",
        },
        {
            trigger: ".o_data_row:contains('Undone: Orders by phone from our branch')",
        },
    ],
});
