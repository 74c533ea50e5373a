import { Component } from "@odoo/owl";

/**
 * A few choices as buttons; arrow keys go from one to the next, as with radio buttons.
 *
 * @prop {Object[]} choices `{ id, name, icon }`
 * @prop {any} value id of the chosen one
 * @prop {Function} onChange called with an id, or with false where the chosen one is
 *      pressed again and `isOptional`
 */
export class ChoiceButtons extends Component {
    static template = "crm_relationship.ChoiceButtons";
    static props = {
        choices: Array,
        label: String,
        name: String,
        value: { optional: true },
        onChange: Function,
        isOptional: { type: Boolean, optional: true },
    };

    isChosen(choice) {
        return choice.id === this.props.value;
    }

    /** One stop of the Tab key for all of them. */
    getTabindex(index) {
        const chosen = this.props.choices.findIndex((choice) => this.isChosen(choice));
        return index === Math.max(0, chosen) ? 0 : -1;
    }

    choose(choice) {
        const isAgain = this.props.isOptional && this.isChosen(choice);
        this.props.onChange(isAgain ? false : choice.id);
    }

    onKeydown(ev) {
        const step = {
            ArrowRight: 1,
            ArrowDown: 1,
            ArrowLeft: -1,
            ArrowUp: -1,
        }[ev.key];
        if (!step || ev.altKey || ev.ctrlKey || ev.metaKey) {
            return;
        }
        ev.preventDefault();
        ev.stopPropagation();
        const buttons = [...ev.currentTarget.querySelectorAll("button")];
        const current = buttons.indexOf(document.activeElement);
        const next = (current + step + buttons.length) % buttons.length;
        buttons[next].focus();
        if (!this.props.isOptional) {
            this.props.onChange(this.props.choices[next].id);
        }
    }
}
