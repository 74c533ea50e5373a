import { Component } from "@odoo/owl";

import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { formatFloat, formatPercentage } from "@web/views/fields/formatters";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import {
    RelationshipChance,
    RelationshipExplained,
    RelationshipScore,
} from "./explained";

const formatWholePercentage = (value) => formatPercentage(value, { digits: [16, 0] });
const formatMean = (value) => formatFloat(value, { digits: [16, 1] });

/**
 * A figure of a profile that can say why it is what it is.
 *
 * Options: `display`, one of score (1 to 5 as dots), risk and chance (a bar, and percent)
 * and tag (with `color_field`); `profile_field` where the record only points to the
 * profile.
 */
export class RelationshipExplainedField extends Component {
    static template = "crm_relationship.RelationshipExplainedField";
    static components = {
        RelationshipChance,
        RelationshipExplained,
        RelationshipScore,
    };
    static props = {
        ...standardFieldProps,
        display: { type: String, optional: true },
        colorField: { type: String, optional: true },
        profileField: { type: String, optional: true },
        string: { type: String, optional: true },
    };

    get value() {
        return this.props.record.data[this.props.name];
    }

    get field() {
        return this.props.record.fields[this.props.name];
    }

    get profileId() {
        const { profileField, record } = this.props;
        return profileField ? record.data[profileField]?.id : record.resId;
    }

    /** Scores begin at 1; a forecast may well be 0. */
    get isEmpty() {
        const isZeroEmpty = this.props.display === "score";
        const { value } = this;
        return (
            !this.profileId ||
            value === false ||
            value === null ||
            (isZeroEmpty && !value)
        );
    }

    get isChance() {
        return ["chance", "risk"].includes(this.props.display);
    }

    get risk() {
        return this.props.display === "risk" ? this.value : 1 - this.value;
    }

    get text() {
        if (this.isChance) {
            return formatWholePercentage(this.value);
        }
        if (this.props.display === "score") {
            return _t("%s of 5", this.value);
        }
        const { data } = this.props.record;
        const format = registry.category("formatters").get(this.field.type);
        return format(this.value, { field: this.field, data });
    }

    get title() {
        return this.props.string || this.field.string;
    }

    get color() {
        const { colorField, record } = this.props;
        return (colorField && record.data[colorField]) || 0;
    }
}

export const relationshipExplainedField = {
    component: RelationshipExplainedField,
    displayName: _t("Explained Figure"),
    supportedTypes: ["integer", "float", "monetary", "many2one", "date", "selection"],
    supportedOptions: [
        {
            label: _t("Display"),
            name: "display",
            type: "selection",
            choices: [
                { label: _t("Score"), value: "score" },
                { label: _t("Risk"), value: "risk" },
                { label: _t("Chance"), value: "chance" },
                { label: _t("Tag"), value: "tag" },
            ],
        },
    ],
    isEmpty: () => false,
    fieldDependencies: ({ options }) =>
        options.color_field ? [{ name: options.color_field, type: "integer" }] : [],
    extractProps: ({ options, string }) => ({
        display: options.display,
        colorField: options.color_field,
        profileField: options.profile_field,
        string,
    }),
};

/** The same, of a risk: groups of a list take the format of their figures by widget. */
export const relationshipRiskField = {
    ...relationshipExplainedField,
    displayName: _t("Explained Risk"),
    supportedTypes: ["float"],
    supportedOptions: [],
    extractProps: (info) => ({
        ...relationshipExplainedField.extractProps(info),
        display: "risk",
    }),
};

registry
    .category("fields")
    .add("relationship_explained", relationshipExplainedField)
    .add("relationship_risk", relationshipRiskField);
registry
    .category("formatters")
    .add("relationship_explained", formatMean)
    .add("relationship_risk", formatWholePercentage);
