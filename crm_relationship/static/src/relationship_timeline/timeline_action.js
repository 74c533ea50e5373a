import { Component } from "@odoo/owl";

import { registry } from "@web/core/registry";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { RelationshipTimeline } from "./timeline";

/** The timeline of everything that the user may see. */
export class RelationshipTimelineAction extends Component {
    static template = "crm_relationship.RelationshipTimelineAction";
    static components = { Layout, RelationshipTimeline };
    static props = { ...standardActionServiceProps };

    setup() {
        this.display = { controlPanel: {} };
        useSetupAction();
    }
}

registry
    .category("actions")
    .add("crm_relationship.timeline", RelationshipTimelineAction);
