import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { RelationalModel } from "@web/model/relational_model/relational_model";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";
import { ListController } from "@web/views/list/list_controller";
import { ListRenderer } from "@web/views/list/list_renderer";
import { listView } from "@web/views/list/list_view";

import { usePlacingConfirmation } from "./placing_dialog";

const RULES = ["domain", "sequence", "active", "company_id"];

/** The person saw who would move, and said no. */
class NotConfirmed extends Error {}

/** Tells the server which version of the rules the person has seen. */
class PlacingModel extends RelationalModel {
    setup(params, services) {
        super.setup(...arguments);
        const orm = services.orm;
        const model = this;
        const withVersion = (kwargs) => ({
            ...kwargs,
            context: { ...kwargs.context, relationship_confirmed: model.version },
        });
        this.orm = Object.assign(Object.create(orm), {
            webSave(resModel, ids, values, kwargs = {}) {
                const own =
                    resModel === model.config.resModel && model.version !== undefined;
                return orm.webSave(
                    resModel,
                    ids,
                    values,
                    own ? withVersion(kwargs) : kwargs
                );
            },
            async webResequence(resModel, ids, kwargs = {}) {
                await model.confirmOrder(ids, kwargs.offset);
                return orm.webResequence(resModel, ids, withVersion(kwargs));
            },
        });
    }

    async confirmOrder(ids, offset) {
        this.version = await this.confirm("resequence", ids, { offset });
        if (this.version === null) {
            throw new NotConfirmed();
        }
    }
}

class PlacingFormController extends FormController {
    setup() {
        super.setup();
        this.confirm = usePlacingConfirmation(this.props.resModel);
    }

    async onWillSaveRecord(record, changes) {
        if (record.resId && !RULES.some((name) => name in changes)) {
            return true;
        }
        const ids = record.resId ? [record.resId] : [];
        this.model.version = await this.confirm("save", ids, { values: changes });
        return this.model.version !== null;
    }

    getStaticActionMenuItems() {
        const items = super.getStaticActionMenuItems();
        items.archive.callback = () => this.setActive(false);
        items.unarchive.callback = () => this.setActive(true);
        return items;
    }

    async setActive(active) {
        const { root } = this.model;
        const version = await this.confirm(
            active ? "unarchive" : "archive",
            [root.resId],
            {
                label: active ? _t("Unarchive") : _t("Archive"),
                always: !active,
            }
        );
        if (version !== null) {
            await (active ? root.unarchive() : root.archive());
        }
    }
}

class PlacingListController extends ListController {
    setup() {
        super.setup();
        this.model.confirm = usePlacingConfirmation(this.props.resModel);
    }

    getStaticActionMenuItems() {
        const items = super.getStaticActionMenuItems();
        items.archive.callback = () => this.setActive(false);
        items.unarchive.callback = () => this.setActive(true);
        return items;
    }

    async setActive(active) {
        const { root } = this.model;
        const ids = await root.getResIds(true);
        const version = await this.model.confirm(
            active ? "unarchive" : "archive",
            ids,
            {
                label: active ? _t("Unarchive") : _t("Archive"),
                always: !active,
            }
        );
        if (version !== null) {
            await (active ? root.unarchive(true) : root.archive(true));
        }
    }
}

class PlacingListRenderer extends ListRenderer {
    async sortDrop() {
        try {
            await super.sortDrop(...arguments);
        } catch (error) {
            if (!(error instanceof NotConfirmed)) {
                throw error;
            }
        }
    }
}

registry.category("views").add("relationship_placing_form", {
    ...formView,
    Model: PlacingModel,
    Controller: PlacingFormController,
});
registry.category("views").add("relationship_placing_list", {
    ...listView,
    Model: PlacingModel,
    Controller: PlacingListController,
    Renderer: PlacingListRenderer,
});
