import { queryAll } from "@odoo/hoot-dom";

import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

const openTimeline = {
    content: "The timeline is loaded when its page is opened",
    trigger: ".o_form_view .o_notebook .nav-link:contains('Timeline')",
    run: "click",
};

function scrollToTheEnd(count) {
    return {
        content: `More come by themselves: ${count}`,
        trigger: `.o_timeline_feed:has(.o_timeline_entry:contains('Message ${count}.'))`,
        run: () => queryAll(".o_timeline_entry").at(-1).scrollIntoView(),
    };
}

tours.add("timeline_log_with_the_keyboard", {
    steps: () => [
        openTimeline,
        {
            content: "It says that there is nothing yet",
            trigger: ".o_timeline_empty:contains('No contact yet')",
        },
        {
            content: "The dialog for this customer, by the keyboard",
            trigger: ".o_form_view:has(.o_log_contact_open)",
            run: "press alt+shift+l",
        },
        {
            content: "One can type at once",
            trigger: ".o_log_contact_text:focus",
            run: "edit Wants truffles for Easter",
        },
        {
            content: "The next channel is one arrow away",
            trigger:
                ".o_choice_buttons[data-name='channel'] button[aria-checked='true']:contains('Phone')",
            run({ anchor }) {
                anchor.focus();
            },
        },
        {
            trigger:
                ".o_choice_buttons[data-name='channel'] button[aria-checked='true']:contains('Phone')",
            run: "press ArrowRight",
        },
        {
            content: "The arrow chose the channel and went there",
            trigger:
                ".o_choice_buttons[data-name='channel'] button[aria-checked='true']:focus:contains('E-mail')",
        },
        {
            content: "Enter logs, and twice is once",
            trigger: ".o_log_contact_text",
            async run(helpers) {
                helpers.anchor.focus();
                await helpers.press("Enter");
                await helpers.press("Enter");
            },
        },
        {
            content: "It is on top of the timeline, and the dialog is gone",
            trigger:
                "body:not(:has(.o_log_contact_text)) .o_timeline_day:first-child .o_timeline_date:contains('Today') + .o_timeline_entry:contains('Wants truffles for Easter'):has(.fa-envelope-o)",
        },
        {
            content: "Once",
            trigger:
                ".o_timeline_feed:not(:has(.o_timeline_entry ~ .o_timeline_entry))",
        },
        {
            content: "What nobody has told",
            trigger: "input[name='timeline_text']",
            run: "edit brigadeiro",
        },
        {
            trigger: ".o_timeline_empty:contains('Nothing matches') button",
            run: "click",
        },
        {
            trigger: ".o_timeline_entry:contains('Wants truffles for Easter')",
        },
    ],
});

tours.add("timeline_log_from_a_quotation", {
    steps: () => [
        {
            trigger: ".o_form_statusbar .o_log_contact_open",
            run: "click",
        },
        {
            trigger: ".o_choice_buttons[data-name='direction'] button:contains('came')",
            run: "click",
        },
        {
            trigger:
                ".o_choice_buttons[data-name='outcome'] button:contains('Interested')",
            run: "click",
        },
        {
            trigger: "#o_log_contact_step",
            run: "selectByLabel Call",
        },
        {
            trigger: "select[name='log_contact_days']",
            run: "selectByLabel In 3 days",
        },
        {
            trigger: ".o_log_contact_text",
            run: "edit Asked for a better price",
        },
        {
            trigger: ".o_log_contact_save",
            run: "click",
        },
        {
            content: "It says what was done",
            trigger: ".o_notification:contains('logged'):contains('Call on')",
        },
        {
            content: "Another one, by mistake",
            trigger: "body:not(:has(.o_dialog)) .o_form_statusbar .o_log_contact_open",
            run: "click",
        },
        {
            trigger: ".o_log_contact_text",
            run: "edit A mistake",
        },
        {
            trigger: ".o_log_contact_text",
            run: "press Enter",
        },
        {
            trigger:
                "body:not(:has(.o_dialog)) .o_notification:not(:contains('Call on')) button:contains('Undo')",
            run: "click",
        },
        {
            content: "What was typed is there again, to be put right",
            trigger:
                "body:not(:has(.o_notification:not(:contains('Call on')))) .o_form_statusbar .o_log_contact_open",
            run: "click",
        },
        {
            trigger: ".o_log_contact_text:value('A mistake')",
            run: "clear",
        },
        {
            trigger: ".o_dialog .modal-footer .btn-secondary",
            run: "click",
        },
        {
            trigger: "body:not(:has(.o_dialog))",
        },
    ],
});

tours.add("timeline_timed_call", {
    steps: () => [
        {
            trigger: ".o_timeline_empty, .o_timeline_entry",
        },
        {
            content: "Somebody calls: the icon in the bar",
            trigger: "button.o_log_contact_systray",
            run: "click",
        },
        {
            content: "Who is it? As the phone shows the number",
            trigger: ".o_log_contact_customer input",
            run: "edit (11) 3555-0177",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains('Padaria Aurora')",
            run: "click",
        },
        {
            trigger: ".o_log_contact_start_timer",
            run: "click",
        },
        {
            trigger: ".o_log_contact_timer",
        },
        {
            trigger: ".o_log_contact_text",
            run: "edit Delivery was late",
        },
        {
            content: "Out of the way while one talks",
            trigger: ".o_log_contact_text",
            run: "press Escape",
        },
        {
            content: "The bar shows whom one is talking with",
            trigger:
                "body:not(:has(.o_dialog)) .o_log_contact_running:contains('Padaria Aurora')",
        },
        {
            trigger: ".o_timeline_feed",
            run: () => location.reload(),
            expectUnloadPage: true,
        },
        {
            content: "It goes on after a reload",
            trigger:
                ".o_log_contact_running:contains('Padaria Aurora'):contains('0:0')",
            run: "click",
        },
        {
            trigger: ".o_log_contact_finish",
            run: "click",
        },
        {
            content: "What was typed is still there",
            trigger: ".o_log_contact_text:value('Delivery was late')",
            run: "press Enter",
        },
        {
            trigger:
                "body:not(:has(.o_dialog)):not(:has(.o_log_contact_running)) .o_timeline_day:first-child .o_timeline_date + .o_timeline_entry:contains('Delivery was late'):contains('min')",
        },
    ],
});

tours.add("timeline_endless", {
    steps: () => [
        openTimeline,
        scrollToTheEnd(80),
        scrollToTheEnd(41),
        scrollToTheEnd(11),
        {
            content: "Until the first one",
            trigger: ".o_timeline_feed:has(.o_timeline_entry:contains('Message 1.'))",
            run() {
                const ids = queryAll(".o_timeline_entry").map((el) => el.dataset.id);
                if (ids.length !== 80 || new Set(ids).size !== 80) {
                    throw new Error(`${ids.length} entries`);
                }
            },
        },
        {
            content: "One channel only",
            trigger: ".o_timeline_channel[aria-label='Phone']",
            run: "click",
        },
        {
            trigger: ".o_timeline_empty:contains('Nothing matches')",
        },
        {
            trigger: ".o_timeline_channel[aria-label='E-mail']",
            run: "click",
        },
        {
            trigger: ".o_timeline_entry:contains('Message 80.')",
        },
    ],
});
