import {
    Component,
    onWillStart,
    useEffect,
    useExternalListener,
    useRef,
    useState,
} from "@odoo/owl";

import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { TodayRow } from "./today_row";

const MODEL = "relationship.today";
const PAGE = 30;
const MAX_PAGE = 100;
/** The next page is asked for before somebody gets to the end of this one. */
const AHEAD = "600px";
/** What moved under the finger is not meant by its second tap, in milliseconds. */
const GHOST = 350;
/** How long the list is taken for what it is, in milliseconds. */
const STALE = 120000;
const SECTIONS = ["overdue", "today", "later"];

/** The work list of a user: whom to contact, first who has most to lose. */
export class RelationshipTodayAction extends Component {
    static template = "crm_relationship.RelationshipTodayAction";
    static components = { Layout, TodayRow };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.listRef = useRef("list");
        this.endRef = useRef("end");
        this.display = { controlPanel: {} };
        this.state = useState({
            rows: [],
            counts: { overdue: 0, today: 0, later: 0 },
            done: [],
            people: [],
            reasons: [],
            days: [],
            userId: this.props.state?.user_id || false,
            isMine: true,
            cursor: false,
            more: false,
            isLoading: true,
            isFailed: false,
            savingId: false,
            isSettling: false,
            // The row that an outcome was just told of, in its place, with Undo.
            said: null,
            undoingId: false,
        });
        useSetupAction({ getLocalState: () => ({ user_id: this.state.userId }) });
        // Wherever the focus is, unless in a dialog or a menu.
        useExternalListener(window, "keydown", (ev) => this.onKeydown(ev));
        useExternalListener(document, "visibilitychange", () => this.onVisible());
        onWillStart(() => {
            this.reload(); // what is around it is shown meanwhile
        });
        useEffect(
            (el) => {
                if (!el) {
                    return;
                }
                const observer = new IntersectionObserver(
                    (sights) => sights.at(-1).isIntersecting && this.loadMore(),
                    { rootMargin: AHEAD }
                );
                observer.observe(el);
                return () => observer.disconnect();
            },
            () => [this.endRef.el, this.state.cursor, this.state.isFailed]
        );
    }

    reload() {
        this.state.isLoading = true;
        const shown = Math.min(MAX_PAGE, Math.max(PAGE, this.state.rows.length));
        return this.load(false, shown);
    }

    /** Who takes up the phone again sees the list as it is now. */
    onVisible() {
        const isOld = Date.now() - this.loadedAt > STALE;
        if (document.visibilityState === "visible" && isOld && !this.isBusy) {
            this.reload();
        }
    }

    loadMore() {
        if (this.state.more && !this.state.isLoading && !this.state.isFailed) {
            this.state.isLoading = true;
            return this.load(this.state.cursor, PAGE);
        }
    }

    async load(cursor, limit) {
        const request = (this.request = {});
        this.state.isFailed = false;
        let page;
        try {
            page = await this.orm.silent.call(MODEL, "get_today", [
                this.state.userId,
                cursor,
                limit,
            ]);
        } catch (error) {
            if (request === this.request) {
                this.state.isLoading = false;
                this.state.isFailed = true;
            }
            throw error; // said by the client, as any other
        }
        if (request === this.request) {
            this.showPage(page, Boolean(cursor)); // no later one has overtaken it
        }
    }

    showPage(page, isNext) {
        const { rows, more, cursor } = page;
        if (isNext) {
            const known = new Set(this.state.rows.map(({ id }) => id));
            this.state.rows.push(...rows.filter(({ id }) => !known.has(id)));
        } else {
            const { counts, people, user, is_mine, done, reasons, days } = page;
            Object.assign(this.state, { rows, counts, people, done, reasons, days });
            Object.assign(this.state, { userId: user.id, isMine: is_mine, said: null });
        }
        this.loadedAt = Date.now();
        Object.assign(this.state, { more, cursor, isLoading: false });
    }

    get sections() {
        return SECTIONS.map((name, index) => ({
            name,
            title: this.titles[name],
            count: this.state.counts[name],
            rows: this.state.rows.filter(({ section }) => section === index),
        })).filter(({ rows }) => rows.length);
    }

    get titles() {
        return { overdue: _t("Overdue"), today: _t("Today"), later: _t("Later") };
    }

    get toDo() {
        const { overdue, today } = this.state.counts;
        return overdue + today;
    }

    get headline() {
        if (!this.toDo) {
            return _t("Nothing left for today");
        }
        return this.toDo === 1
            ? _t("1 customer to contact")
            : _t("%s customers to contact", this.toDo);
    }

    get overdue() {
        return _t("%s overdue", this.state.counts.overdue);
    }

    get later() {
        return _t("%s later", this.state.counts.later);
    }

    get person() {
        return this.state.people.find(({ id }) => id === this.state.userId)?.name || "";
    }

    /** Without the one that stands in its row. */
    get done() {
        return this.state.done.filter(({ id }) => id !== this.state.said?.id);
    }

    choosePerson(ev) {
        if (this.isBusy) {
            ev.target.value = this.state.userId;
            return;
        }
        const userId = Number(ev.target.value);
        Object.assign(this.state, { userId, rows: [], said: null });
        this.reload();
    }

    /** One at a time: what slips under the finger meanwhile is not meant. */
    async say(row, outcome, values) {
        if (this.isBusy) {
            return;
        }
        this.state.savingId = row.id;
        // A list that is on its way would show the row as it was before.
        const wasLoading = this.state.isLoading;
        this.request = null;
        this.state.isLoading = false;
        // Whatever is sent twice counts once.
        const token = `${Date.now()}-${Math.random().toString(36).slice(2)}`;
        try {
            const answer = await this.orm.call(MODEL, "log_outcome", [
                row.id,
                outcome,
                { ...values, deadline: row.deadline, token },
            ]);
            if (answer.state === "changed") {
                this.notification.add(answer.message, { type: "info" });
                await this.reload();
                return;
            }
            this.showSaid(row, answer);
        } finally {
            this.state.savingId = false;
            this.settle();
        }
        if (wasLoading || (!this.state.rows.length && this.state.more)) {
            await this.reload();
        }
    }

    /** The row shrinks to what was said of it, so that nothing else moves away. */
    showSaid(row, answer) {
        const { rows, counts, done } = this.state;
        if (!rows.includes(row)) {
            return; // another list is shown by now
        }
        const before = this.state.said?.rowId;
        const next = rows[rows.indexOf(row) + 1];
        counts[SECTIONS[row.section]] -= 1;
        if (answer.again && row.rule) {
            counts.later += 1;
        }
        done.unshift(answer.done);
        this.state.rows = rows.filter(({ id }) => id !== before);
        this.state.said = { ...answer, rowId: row.id };
        this.focusRow(next);
    }

    get isBusy() {
        return Boolean(this.state.savingId || this.state.isSettling);
    }

    settle() {
        this.state.isSettling = true;
        browser.setTimeout(() => (this.state.isSettling = false), GHOST);
    }

    isSaid(row) {
        return this.state.said?.rowId === row.id;
    }

    async undo({ id }) {
        if (this.state.undoingId) {
            return;
        }
        this.state.undoingId = id;
        try {
            const { message } = await this.orm.call(MODEL, "undo_outcome", [id]);
            this.notification.add(message, { type: "success" });
        } finally {
            this.state.undoingId = false;
            await this.reload();
        }
    }

    // Keyboard

    /** Whoever works with the keyboard goes on with the next one. */
    focusRow(row) {
        if (row && this.isKeyboard) {
            this.listRef.el.querySelector(`.o_today_row[data-id="${row.id}"]`)?.focus();
        }
    }

    onKeydown(ev) {
        const isHere =
            ev.target === document.body || this.listRef.el?.contains(ev.target);
        const isTyping = ev.target.matches("input, textarea, select");
        if (!isHere || isTyping || ev.altKey || ev.ctrlKey || ev.metaKey) {
            return;
        }
        this.isKeyboard = true;
        const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[ev.key];
        if (step) {
            this.moveFocus(ev, step);
        } else if (ev.key === "u" && this.state.said) {
            ev.preventDefault();
            this.undo(this.state.said);
        }
    }

    moveFocus(ev, step) {
        if (ev.target.closest(".o_today_asks")) {
            return; // there the arrows go from one choice to the next
        }
        const current = ev.target.closest(".o_today_row");
        const all = [...this.listRef.el.querySelectorAll(".o_today_row[data-id]")];
        const next = all[current ? all.indexOf(current) + step : 0];
        if (next) {
            ev.preventDefault();
            next.focus();
            next.scrollIntoView({ block: "nearest" });
        }
    }

    openCustomer({ partner_id }) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "res.partner",
            res_id: partner_id,
            views: [[false, "form"]],
        });
    }

    newQuotation({ done }) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: _t("New Quotation"),
            res_model: "sale.order",
            views: [[false, "form"]],
            context: { default_partner_id: done.partner_id },
        });
    }

    openCustomers() {
        return this.action.doAction(
            "crm_relationship.relationship_profile_action_list"
        );
    }
}

registry.category("actions").add("crm_relationship.today", RelationshipTodayAction);
