import {
    Component,
    onWillStart,
    onWillUnmount,
    status,
    useEffect,
    useRef,
    useState,
} from "@odoo/owl";

import { AutoComplete } from "@web/core/autocomplete/autocomplete";
import { Dialog } from "@web/core/dialog/dialog";
import { RecordSelector } from "@web/core/record_selectors/record_selector";
import { _t } from "@web/core/l10n/translation";
import { user } from "@web/core/user";

import { ChoiceButtons } from "./choice_buttons";
import { formatElapsed, useClock } from "./timer_text";

const MODEL = "relationship.interaction";
const HOUR = 3600 * 1000;

/**
 * Log a contact in two clicks and one sentence. Nothing needs the mouse: Tab goes from
 * group to group, arrow keys within, Enter in the sentence saves, Escape closes.
 *
 * @prop {Object} options as `relationship.interaction.get_log_options` returns them;
 *      without a partner it asks who it was
 */
export class LogContactDialog extends Component {
    static template = "crm_relationship.LogContactDialog";
    static components = { AutoComplete, ChoiceButtons, Dialog, RecordSelector };
    static props = {
        close: Function,
        options: Object,
    };

    setup() {
        // Saving goes on when the dialog has gone, so take the service itself.
        this.orm = this.env.services.orm;
        this.logContact = this.env.services.relationship_log_contact;
        this.shared = useState(this.logContact.state);
        this.clock = useClock();
        this.textRef = useRef("text");
        this.rootRef = useRef("root");
        // Whatever is sent twice is logged once.
        this.token = `${Date.now()}-${Math.random().toString(36).slice(2)}`;
        this.state = useState({
            ...this.getEmptyDraft(),
            partner: null,
            isSaving: false,
            error: "",
        });
        onWillStart(() => {
            this.state.channelId = this.options.channel_id;
            if (this.options.partner) {
                this.choosePartner(this.options.partner);
            }
        });
        onWillUnmount(() => this.keepDraft());
        useEffect(
            (partnerId) => {
                if (partnerId) {
                    this.textRef.el.focus();
                } else {
                    this.rootRef.el
                        .querySelector(".o_log_contact_customer input")
                        .focus();
                }
            },
            () => [this.state.partner?.id]
        );
        useEffect(
            (el) => {
                // As high as what was typed.
                el.style.height = "auto";
                el.style.height = `${el.scrollHeight + 2}px`;
            },
            () => [this.textRef.el, this.state.text]
        );
    }

    getEmptyDraft() {
        return {
            channelId: false,
            direction: "out",
            text: "",
            outcome: false,
            minutes: "",
            stepTypeId: false,
            stepDays: 1,
            stepUserId: user.userId,
        };
    }

    get options() {
        return this.props.options;
    }

    get draft() {
        const names = Object.keys(this.getEmptyDraft());
        return Object.fromEntries(names.map((name) => [name, this.state[name]]));
    }

    /** Nothing typed is lost when the dialog is closed. */
    keepDraft() {
        if (this.isDone || this.state.isSaving) {
            return;
        }
        if (this.isTimed) {
            this.logContact.keepInTimer(this.draft);
        } else if (this.state.partner && this.state.text.trim()) {
            this.logContact.keepDraft(this.state.partner.id, this.draft);
        }
    }

    choosePartner(partner) {
        this.state.partner = partner;
        this.state.error = "";
        const draft = this.isTimed
            ? this.shared.timer.draft
            : this.logContact.takeDraft(partner.id);
        if (draft && !this.state.text) {
            Object.assign(this.state, draft);
        }
    }

    changePartner() {
        this.keepDraft();
        this.state.partner = null;
    }

    // Who

    get customerSources() {
        return [
            {
                placeholder: _t("Loading..."),
                optionSlot: "customer",
                options: (text) => this.searchCustomers(text),
            },
        ];
    }

    async searchCustomers(text) {
        const found = text.trim()
            ? await this.orm.call(MODEL, "search_log_customers", [text])
            : this.options.customers;
        if (!found.length) {
            return [
                {
                    label: text.trim()
                        ? _t("Nobody found. Try the phone number or e-mail.")
                        : _t("Type a name, phone number or e-mail"),
                    cssClass: "text-muted",
                    data: {},
                },
            ];
        }
        return found.map((partner) => ({
            label: partner.name,
            data: { partner },
            onSelect: () => this.choosePartner(partner),
        }));
    }

    describe(partner) {
        return [partner.customer, partner.phone, partner.email]
            .filter(Boolean)
            .join(" · ");
    }

    // How

    get directions() {
        return [
            { id: "out", name: _t("We reached out"), icon: "fa-arrow-up" },
            { id: "in", name: _t("They came to us"), icon: "fa-arrow-down" },
        ];
    }

    get outcomes() {
        return this.options.outcomes.map(([id, name]) => ({ id, name }));
    }

    // How long

    get isTimed() {
        const { timer } = this.shared;
        return Boolean(timer && timer.partner.id === this.state.partner?.id);
    }

    get elapsed() {
        return formatElapsed(this.shared.timer.start, this.clock.now);
    }

    get timedOther() {
        return this.shared.timer && !this.isTimed
            ? _t("A call with %s is being timed.", this.shared.timer.partner.name)
            : "";
    }

    startTimer() {
        const { id, name } = this.state.partner;
        this.clock.now = Date.now();
        this.logContact.startTimer({ id, name }, this.draft);
        this.textRef.el.focus();
    }

    discardTimer() {
        this.logContact.stopTimer();
        this.textRef.el.focus();
    }

    /** In hours; what was typed counts more than the timer. */
    get duration() {
        const minutes = parseFloat(String(this.state.minutes).replace(",", "."));
        if (minutes > 0) {
            return minutes / 60;
        }
        return this.isTimed ? (Date.now() - this.shared.timer.start) / HOUR : 0;
    }

    // What next

    get days() {
        return [
            { id: 0, name: _t("Today") },
            { id: 1, name: _t("Tomorrow") },
            { id: 3, name: _t("In 3 days") },
            { id: 7, name: _t("In a week") },
            { id: 14, name: _t("In two weeks") },
            { id: 30, name: _t("In 30 days") },
        ];
    }

    get nextStep() {
        const { stepTypeId, stepDays, stepUserId } = this.state;
        return stepTypeId
            ? {
                  activity_type_id: stepTypeId,
                  days: Math.trunc(Number(stepDays)) || 0,
                  user_id: stepUserId || user.userId,
              }
            : false;
    }

    get userDomain() {
        return [["share", "=", false]];
    }

    /** A running call goes on. */
    discard() {
        this.isDone = !this.isTimed;
        this.props.close();
    }

    onTextKeydown(ev) {
        if (ev.key === "Enter" && !ev.shiftKey && !ev.isComposing) {
            ev.preventDefault();
            ev.stopPropagation();
            this.save();
        }
    }

    async save() {
        const { partner, channelId, direction, text, outcome } = this.state;
        if (this.state.isSaving || !partner) {
            return;
        }
        if (!text.trim() && !outcome) {
            this.state.error = _t("Say in one sentence what it was about.");
            this.textRef.el.focus();
            return;
        }
        this.state.isSaving = true;
        this.state.error = "";
        try {
            const values = {
                channel_id: channelId,
                direction,
                text,
                outcome,
                duration: Math.min(24, this.duration),
                next_step: this.nextStep,
                token: this.token,
            };
            await this.logContact.save(partner.id, values, this.draft);
        } catch (failure) {
            // Nothing typed is lost: the dialog stays as it is and says why.
            this.state.error =
                failure.data?.message ||
                _t("This could not be saved. Please try again.");
            this.state.isSaving = false;
            if (status(this) === "destroyed") {
                this.keepDraft(); // closed meanwhile
            }
            return;
        }
        if (this.isTimed) {
            this.logContact.stopTimer();
        }
        this.isDone = true;
        this.props.close();
    }
}
