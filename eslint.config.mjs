import js from "@eslint/js";
import globals from "globals";

export default [
    js.configs.recommended,
    {
        files: ["crm_relationship*/static/**/*.js"],
        ignores: ["crm_relationship*/static/lib/**"],
        languageOptions: {
            ecmaVersion: 2024,
            sourceType: "module",
            globals: { ...globals.browser, luxon: "readonly", odoo: "readonly" },
        },
        rules: {
            complexity: ["error", 12],
            curly: "error",
            "dot-notation": "error",
            eqeqeq: "error",
            "max-depth": "error",
            "no-alert": "error",
            "no-console": "error",
            "no-duplicate-imports": "error",
            "no-else-return": "error",
            "no-eval": "error",
            "no-implied-eval": "error",
            "no-lonely-if": "error",
            "no-param-reassign": "error",
            "no-restricted-globals": ["error", "event", "self"],
            "no-shadow": "error",
            "no-unneeded-ternary": "error",
            "no-use-before-define": ["error", { functions: false }],
            "no-useless-concat": "error",
            "no-useless-rename": "error",
            "no-var": "error",
            "prefer-const": "error",
        },
    },
];
