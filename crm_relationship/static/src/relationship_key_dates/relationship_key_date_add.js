import { Component, status, useEffect, useRef, useState } from "@odoo/owl";

import { _t } from "@web/core/l10n/translation";
import { deserializeDate } from "@web/core/l10n/dates";
import { localization } from "@web/core/l10n/localization";
import { useService } from "@web/core/utils/hooks";

import {
    checkKeyDate,
    describeAge,
    describeDay,
    describeDaysLeft,
    describeKeyDate,
    parseKeyDate,
} from "./key_date_text";

const MODEL = "relationship.key.date";

/**
 * The next key dates of a customer, and a row to add one while on the phone.
 *
 * @prop {number} partnerId the contact to whom a new date belongs
 * @prop {number} [companyId] company of a new date (default: the current one)
 * @prop {Object[]} keyDates as `res.partner._get_relationship_key_dates` returns them
 * @prop {Function} onChange called after a date was added or removed: reload `keyDates`
 */
export class RelationshipKeyDateAdd extends Component {
    static template = "crm_relationship.RelationshipKeyDateAdd";
    static props = {
        partnerId: Number,
        companyId: { type: Number, optional: true },
        keyDates: Array,
        onChange: Function,
    };

    setup() {
        // Undo works also after this component has gone, so take the service itself.
        this.orm = this.env.services.orm;
        this.notification = useService("notification");
        this.nameRef = useRef("name");
        this.dateRef = useRef("date");
        this.addRef = useRef("add");
        this.options = useState({ kinships: [], today: null });
        this.row = useState(this.getEmptyRow());
        useEffect(
            (isOpen) => {
                if (isOpen) {
                    (this.nameRef.el || this.dateRef.el).focus();
                }
            },
            () => [this.row.isOpen]
        );
    }

    getEmptyRow() {
        return {
            isOpen: false,
            isSaving: false,
            kinshipId: 0,
            name: "",
            text: "",
            error: "",
        };
    }

    get kinship() {
        return this.options.kinships.find(({ id }) => id === this.row.kinshipId);
    }

    get isCompany() {
        return this.kinship?.kind === "company";
    }

    get placeholder() {
        const sample =
            localization.dateFormat.indexOf("d") < localization.dateFormat.indexOf("M");
        return sample
            ? _t("Date, e.g. 14/3 or 14/3/2015")
            : _t("Date, e.g. 3/14 or 3/14/2015");
    }

    /** What the typed text means: its parts, and either words or an error. */
    get reading() {
        const { today } = this.options;
        if (!today || !this.row.text.trim()) {
            return {};
        }
        const keyDate = parseKeyDate(this.row.text, today);
        if (!keyDate) {
            return { isUnclear: true };
        }
        const error = checkKeyDate(keyDate, today, this.isCompany);
        const words = error ? "" : describeKeyDate(keyDate, today, this.isCompany);
        return { keyDate, error, words };
    }

    describe(keyDate) {
        return [
            describeDay(keyDate),
            describeDaysLeft(keyDate.days_left),
            describeAge(keyDate.age, keyDate.kind === "company"),
        ]
            .filter(Boolean)
            .join(" · ");
    }

    async open() {
        // The row is there at once: nothing typed meanwhile is lost.
        this.row.isOpen = true;
        const data = await this.orm.call(
            "res.partner",
            "get_relationship_key_dates",
            [[this.props.partnerId]],
            { company_id: this.props.companyId || false }
        );
        this.options.kinships = data.kinships;
        this.options.today = deserializeDate(data.today);
        this.row.kinshipId ||= data.kinships[0]?.id || 0;
    }

    close() {
        Object.assign(this.row, this.getEmptyRow());
        this.addRef.el?.focus();
    }

    onKinshipChange(ev) {
        this.row.kinshipId = Number(ev.target.value);
        this.row.error = "";
    }

    onInput() {
        this.row.error = "";
    }

    /** Enter saves from where one types only: on a button it presses that button. */
    onKeydown(ev) {
        if (ev.isComposing || !["Enter", "Escape"].includes(ev.key)) {
            return;
        }
        ev.stopPropagation();
        if (ev.key === "Escape") {
            ev.preventDefault();
            this.close();
        } else if (ev.target.tagName === "INPUT") {
            ev.preventDefault();
            this.save();
        }
    }

    async save() {
        if (this.row.isSaving) {
            return;
        }
        const { keyDate, error, words } = this.reading;
        if (!keyDate || error) {
            this.row.error =
                error || _t("Type a day and a month, for example %s.", this.example);
            this.dateRef.el.focus();
            return;
        }
        this.row.isSaving = true;
        try {
            const [id] = await this.orm.create(MODEL, [this.getValues(keyDate)]);
            await this.onSaved(id, words);
        } catch (failure) {
            // Nothing typed is lost: the row stays as it is and says why.
            this.row.error =
                failure.data?.message ||
                _t("This could not be saved. Please try again.");
        } finally {
            this.row.isSaving = false;
        }
    }

    get example() {
        return describeDay({ day: 14, month: 3 });
    }

    getValues({ day, month, year }) {
        const values = {
            partner_id: this.props.partnerId,
            kinship_id: this.row.kinshipId,
            name: this.kinship.is_own ? false : this.row.name.trim(),
            day,
            month: String(month).padStart(2, "0"),
            year,
        };
        if (this.props.companyId) {
            values.company_id = this.props.companyId;
        }
        return values;
    }

    async onSaved(id, words) {
        const { kinshipId, name, text } = this.row;
        const title = name.trim() || this.kinship.name;
        this.close();
        this.offerUndo(_t("Key date saved: %s", `${title}, ${words}`), async () => {
            await this.orm.unlink(MODEL, [id]);
            if (status(this) !== "destroyed") {
                await this.props.onChange();
                // What was typed is there again, to be put right.
                await this.open();
                Object.assign(this.row, { kinshipId, name, text });
            }
        });
        await this.props.onChange();
    }

    async remove(keyDate) {
        await this.orm.call(MODEL, "action_archive", [[keyDate.id]]);
        const title = keyDate.name || keyDate.kinship;
        this.offerUndo(_t("Key date archived: %s", title), async () => {
            await this.orm.call(MODEL, "action_unarchive", [[keyDate.id]]);
            if (status(this) !== "destroyed") {
                await this.props.onChange();
            }
        });
        await this.props.onChange();
    }

    offerUndo(message, undo) {
        const close = this.notification.add(message, {
            type: "success",
            buttons: [
                {
                    name: _t("Undo"),
                    onClick: () => {
                        close();
                        return undo();
                    },
                },
            ],
        });
    }
}
