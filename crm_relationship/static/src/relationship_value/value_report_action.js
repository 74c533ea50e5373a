import { Component, useSubEnv } from "@odoo/owl";

import { _t } from "@web/core/l10n/translation";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { SearchBar } from "@web/search/search_bar/search_bar";
import { useSearchBarToggler } from "@web/search/search_bar/search_bar_toggler";
import { WithSearch } from "@web/search/with_search/with_search";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

/** A report with the search of the customers above it. */
class ValueReportLayout extends Component {
    static template = "crm_relationship.ValueReportLayout";
    static components = { Layout, SearchBar };
    static props = { slots: Object };

    setup() {
        this.display = { controlPanel: {} };
        this.searchBarToggler = useSearchBarToggler();
    }
}

/** Why a report is empty, and what to do. */
export class ValueReportEmpty extends Component {
    static template = "crm_relationship.ValueReportEmpty";
    static props = { mayRefresh: Boolean, title: String, slots: Object };

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
    }

    async refresh() {
        await this.orm.call("relationship.profile", "request_profile_refresh");
        this.notification.add(
            _t("The refresh runs in the background. Look again in a minute."),
            { type: "success" }
        );
    }
}

/**
 * A client action that shows a report on the customers that a search leaves, as a view
 * does.
 *
 * @param {Function} Report a component; gets `domain` and the `state` to come back to,
 *  and has `env.openProfiles(name, domain)`
 */
export function makeReportAction(Report) {
    return class ValueReportAction extends Component {
        static template = "crm_relationship.ValueReportAction";
        static components = { Report, ValueReportLayout, WithSearch };
        static props = { ...standardActionServiceProps };

        setup() {
            this.action = useService("action");
            useSetupAction();
            useSubEnv({ openProfiles: this.openProfiles.bind(this) });
        }

        get searchProps() {
            return {
                resModel: "relationship.profile",
                searchViewId: false,
                loadIrFilters: true,
                searchMenuTypes: ["filter", "favorite"],
                context: { ...user.context, ...this.props.action.context },
                domain: [],
                globalState: this.props.globalState,
            };
        }

        async openProfiles(name, domain) {
            const action = await this.action.loadAction(
                "crm_relationship.relationship_profile_action_value"
            );
            return this.action.doAction({
                ...action,
                name,
                display_name: name,
                domain: domain.toList(),
            });
        }
    };
}
