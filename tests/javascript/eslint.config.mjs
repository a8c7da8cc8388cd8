// The pages' scripts: what eslint recommends, and the sizes that Python code has too.
import js from "@eslint/js";
import globals from "globals";

export default [
  js.configs.recommended,
  {
    languageOptions: { ecmaVersion: 2024, sourceType: "module", globals: globals.browser },
    rules: {
      "max-lines": ["error", 300],
      "max-lines-per-function": ["error", 40],
      "max-params": ["error", 6],
      eqeqeq: "error",
      "no-var": "error",
      "prefer-const": "error",
    },
  },
];
