/** @type {import("prettier").Config} */
export default {
    plugins: ["@prettier/plugin-xml"],
    printWidth: 88,
    tabWidth: 4,
    trailingComma: "es5",
    xmlWhitespaceSensitivity: "preserve",
};
