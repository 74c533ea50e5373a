import { EventBus, reactive } from "@odoo/owl";

import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { session } from "@web/session";
import { user } from "@web/core/user";

import { LogContactDialog } from "./log_contact_dialog";

const MODEL = "relationship.interaction";
export const USER_GROUP = "crm_relationship.group_relationship_user";
const HOTKEY = "alt+shift+l";

/**
 * Logging a contact, from wherever somebody is: opens the dialog, knows the running
 * call and who is on the screen, and tells everybody else when something was logged.
 *
 * `bus` triggers "changed" with `{ partnerId, customerId }` after a contact was logged
 * or taken back.
 */
export const logContactService = {
    dependencies: ["command", "dialog", "notification", "orm"],

    start(env, { command, dialog, notification, orm }) {
        const bus = new EventBus();
        // Every tab of this user shows the same running call, also after a reload.
        const key = `crm_relationship.timer.${session.db}.${user.userId}`;
        const state = reactive({ timer: readTimer() });
        // Customers on the screen; the one shown last is meant by the hotkey.
        const shown = new Map();
        const drafts = {};
        let isOpen = false;

        function readTimer() {
            try {
                const timer = JSON.parse(browser.localStorage.getItem(key));
                return timer?.partner?.id && timer.start ? timer : null;
            } catch {
                return null;
            }
        }

        function setTimer(timer) {
            state.timer = timer;
            if (timer) {
                browser.localStorage.setItem(key, JSON.stringify(timer));
            } else {
                browser.localStorage.removeItem(key);
            }
        }

        browser.addEventListener("storage", (ev) => {
            if (ev.key === key || ev.key === null) {
                state.timer = readTimer();
            }
        });

        async function open({ partnerId = false } = {}) {
            if (isOpen) {
                return;
            }
            isOpen = true;
            try {
                const options = await orm.call(MODEL, "get_log_options", [partnerId]);
                dialog.add(
                    LogContactDialog,
                    { options },
                    { onClose: () => (isOpen = false) }
                );
            } catch (error) {
                isOpen = false;
                throw error; // said by the client, as any other
            }
        }

        /** For the customer on the screen, or to choose one. */
        function openHere() {
            return open({ partnerId: [...shown.values()].at(-1)?.() || false });
        }

        async function save(partnerId, values, draft) {
            const answer = await orm.call(MODEL, "log_contact", [partnerId, values]);
            const about = {
                partnerId: answer.partner_id,
                customerId: answer.customer_id,
            };
            const message = answer.next_step
                ? _t("Contact with %(name)s logged. Next: %(step)s", {
                      name: answer.name,
                      step: answer.next_step,
                  })
                : _t("Contact with %s logged.", answer.name);
            const close = notification.add(message, {
                type: "success",
                autocloseDelay: 10000,
                buttons: [
                    {
                        name: _t("Undo"),
                        onClick: async () => {
                            close();
                            await orm.call(MODEL, "undo_contact", [
                                answer.id,
                                answer.activity_id,
                            ]);
                            // What was typed is there again, to be put right.
                            drafts[partnerId] = draft;
                            bus.trigger("changed", about);
                        },
                    },
                ],
            });
            bus.trigger("changed", about);
            return answer;
        }

        user.hasGroup(USER_GROUP).then((allowed) => {
            if (allowed) {
                command.add(_t("Log a contact"), openHere, {
                    hotkey: HOTKEY,
                    global: true,
                    hotkeyOptions: { bypassEditableProtection: true },
                });
            }
        });

        return {
            bus,
            state,
            open,
            openHere,
            save,
            /** @param {Function} getPartnerId of a customer who is on the screen */
            show(owner, getPartnerId) {
                shown.set(owner, getPartnerId);
                return () => shown.delete(owner);
            },
            startTimer: (partner, draft) =>
                setTimer({ partner, draft, start: Date.now() }),
            keepInTimer: (draft) => setTimer({ ...state.timer, draft }),
            stopTimer: () => setTimer(null),
            /** What was typed for a customer and not saved; once. */
            takeDraft(partnerId) {
                const draft = drafts[partnerId];
                delete drafts[partnerId];
                return draft;
            },
            keepDraft: (partnerId, draft) => (drafts[partnerId] = draft),
        };
    },
};

registry.category("services").add("relationship_log_contact", logContactService);
