import {
    Component,
    onWillStart,
    onWillUpdateProps,
    useEffect,
    useRef,
    useState,
} from "@odoo/owl";

import { RecordSelector } from "@web/core/record_selectors/record_selector";
import { _t } from "@web/core/l10n/translation";
import { user } from "@web/core/user";
import { useBus, useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";

import { TimelineEntry } from "./timeline_entry";
import { TimelineSteps } from "./timeline_steps";
import { groupByDay } from "./timeline_text";

const MODEL = "relationship.interaction";
const PAGE = 30;
/** The next page is asked for before somebody gets to the end of this one. */
const AHEAD = "600px";

/**
 * Everything that happened with a customer, or with all of them, newest first; what is
 * to be done next on top.
 *
 * @prop {Number|false} partnerId a contact, whose whole customer is shown; false: all
 *      that the user may see
 * @prop {boolean} [isContact] the contact is one of a customer's: offer it alone
 */
export class RelationshipTimeline extends Component {
    static template = "crm_relationship.RelationshipTimeline";
    static components = { RecordSelector, TimelineEntry, TimelineSteps };
    static props = {
        partnerId: { type: [Number, { value: false }] },
        isContact: { type: Boolean, optional: true },
    };

    setup() {
        this.orm = useService("orm");
        this.logContact = useService("relationship_log_contact");
        this.endRef = useRef("end");
        this.state = useState({
            entries: [],
            steps: [],
            channels: [],
            cursor: false,
            more: false,
            isLoading: true,
            isFailed: false,
            isNarrow: false,
            showFilters: !this.env.isSmall,
            filters: this.getNoFilters(),
        });
        this.onText = useDebounced((text) => this.setFilter("text", text.trim()), 300);
        useBus(this.logContact.bus, "changed", () => this.reload());
        onWillStart(() => {
            this.reload(); // what is around it is shown meanwhile
        });
        onWillUpdateProps((props) => {
            if (props.partnerId !== this.props.partnerId) {
                this.state.entries = [];
                this.reload(props.partnerId);
            }
        });
        useEffect(
            (el) => {
                if (!el) {
                    return;
                }
                // As often as there are more: what is in sight already is not told again.
                const observer = new IntersectionObserver(
                    (sights) => sights.at(-1).isIntersecting && this.loadMore(),
                    { rootMargin: AHEAD }
                );
                observer.observe(el);
                return () => observer.disconnect();
            },
            () => [this.endRef.el, this.state.entries.length, this.state.isFailed]
        );
    }

    getNoFilters() {
        return { channel_ids: [], kind: "", direction: "", user_id: false, text: "" };
    }

    async reload(partnerId = this.props.partnerId) {
        this.partnerId = partnerId;
        this.state.isLoading = true;
        await this.load(false);
    }

    async loadMore() {
        if (this.state.more && !this.state.isLoading && !this.state.isFailed) {
            this.state.isLoading = true;
            await this.load(this.state.cursor);
        }
    }

    async load(cursor) {
        const request = (this.request = {});
        this.state.isFailed = false;
        let page;
        try {
            page = await this.orm.silent.call(MODEL, "get_timeline", [
                this.partnerId,
                this.state.isNarrow && Boolean(this.partnerId),
                this.state.isNarrow && !this.partnerId,
                this.filters,
                cursor,
                PAGE,
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
        const { interactions, more, cursor } = page;
        if (isNext) {
            const known = new Set(this.state.entries.map(({ id }) => id));
            this.state.entries.push(...interactions.filter(({ id }) => !known.has(id)));
        } else {
            this.state.entries = interactions;
            this.state.steps = page.next_steps;
            this.state.channels = page.channels;
        }
        Object.assign(this.state, { more, cursor, isLoading: false });
    }

    get filters() {
        const { channel_ids, kind, direction, user_id, text } = this.state.filters;
        return { channel_ids, kinds: kind ? [kind] : [], direction, user_id, text };
    }

    get isFiltered() {
        const { channel_ids, kind, direction, user_id, text } = this.state.filters;
        return Boolean(channel_ids.length || kind || direction || user_id || text);
    }

    get days() {
        return groupByDay(this.state.entries);
    }

    get kinds() {
        return [
            ["", _t("Everything")],
            ["contacts", _t("Conversations")],
            ["documents", _t("Documents")],
            ["feedback", _t("Feedback and cases")],
            ["mailings", _t("Mass mailings")],
        ];
    }

    get directions() {
        return [
            ["", _t("In and out")],
            ["in", _t("Incoming")],
            ["out", _t("Outgoing")],
            ["both", _t("Mutual")],
        ];
    }

    get narrow() {
        return this.props.partnerId ? _t("Only this contact") : _t("Only mine");
    }

    get userDomain() {
        return [["share", "=", false]];
    }

    get userId() {
        return user.userId;
    }

    setFilter(name, value) {
        if (this.state.filters[name] !== value) {
            this.state.filters[name] = value;
            this.reload();
        }
    }

    toggleChannel(id) {
        const { channel_ids } = this.state.filters;
        this.setFilter(
            "channel_ids",
            channel_ids.includes(id)
                ? channel_ids.filter((other) => other !== id)
                : [...channel_ids, id]
        );
    }

    toggleNarrow() {
        this.state.isNarrow = !this.state.isNarrow;
        this.reload();
    }

    toggleFilters() {
        this.state.showFilters = !this.state.showFilters;
    }

    reset() {
        this.state.filters = this.getNoFilters();
        this.state.isNarrow = false;
        this.reload();
    }

    retry() {
        return this.state.entries.length ? this.retryMore() : this.reload();
    }

    retryMore() {
        this.state.isFailed = false;
        return this.loadMore();
    }

    log() {
        this.logContact.open({ partnerId: this.props.partnerId });
    }
}
