import eslint from "@eslint/js";
import tseslint from "typescript-eslint";

export default tseslint.config(
    { ignores: ["**/dist/", "node_modules/", "sdks/", ".mesh/", "embedded/toolchain/go/", "docs/api/"] },
    eslint.configs.recommended,
    ...tseslint.configs.strictTypeChecked,
    {
        languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
        rules: {
            "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
            "@typescript-eslint/consistent-type-imports": "error",
            "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
        },
    },
    {
        files: ["components/**/*.ts"],
        rules: {
            "no-restricted-properties": [
                "error",
                { object: "process", property: "env", message: "A component is configured by its arguments alone." },
            ],
            "no-restricted-syntax": [
                "error",
                {
                    selector: "NewExpression[callee.property.name='Config']",
                    message: "A component is configured by its arguments alone.",
                },
            ],
        },
    },
    {
        // One concern a file: a longer one is two.
        files: ["**/*.ts"],
        ignores: ["tests/**"],
        rules: { "max-lines": ["error", 250] },
    },
    {
        // chai's assertions are property reads, and mocha's suites are async functions nobody awaits.
        files: ["tests/**/*.ts"],
        rules: { "@typescript-eslint/no-unused-expressions": "off" },
    },
    {
        files: ["**/*.mjs"],
        ...tseslint.configs.disableTypeChecked,
        languageOptions: {
            ...tseslint.configs.disableTypeChecked.languageOptions,
            globals: { process: "readonly", console: "readonly" },
        },
    },
);
