import js from '@eslint/js';
import hooks from 'eslint-plugin-react-hooks';
import globals from 'globals';
import tseslint from 'typescript-eslint';

// Speech is somebody else's text: nothing in this workspace may hand a string to an HTML parser.
const noHtml = [
  {
    selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']",
    message: 'Speech and model text are text nodes only.',
  },
  {
    selector: "Property[key.name='dangerouslySetInnerHTML']",
    message: 'Speech and model text are text nodes only.',
  },
  {
    selector: 'MemberExpression[property.name=/^(innerHTML|outerHTML|insertAdjacentHTML|srcdoc)$/]',
    message: 'Speech and model text are text nodes only.',
  },
  {
    selector: "CallExpression[callee.object.name='document'][callee.property.name=/^write(ln)?$/]",
    message: 'Speech and model text are text nodes only.',
  },
];

export default tseslint.config(
  {
    ignores: ['**/dist', '**/node_modules', '**/test-results', 'packages/api-types/src/openapi.ts'],
  },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: {
          allowDefaultProject: [
            'eslint.config.js',
            'vitest.config.js',
            'scripts/*.mjs',
            'e2e/mock/run.mjs',
            'packages/client/conformance/run.mjs',
          ],
        },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      'no-restricted-syntax': ['error', ...noHtml],
      'no-console': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
    },
  },
  {
    files: ['apps/**/*.{ts,tsx}', 'packages/react/**/*.{ts,tsx}'],
    ...hooks.configs.flat['recommended-latest'],
  },
  // The client takes what it needs from its environment; only `environment.ts` names the browser's, and the
  // page at which a sign-in ends has nothing else.
  {
    files: ['packages/client/src/**/*.ts'],
    ignores: ['packages/client/src/environment.ts', 'packages/client/src/callback.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...[
          'window',
          'document',
          'fetch',
          'WebSocket',
          'setTimeout',
          'clearTimeout',
          'localStorage',
        ].map((name) => ({
          name,
          message: 'Take it from Environment.',
        })),
      ],
    },
  },
  {
    files: ['**/*.mjs', '**/*.js'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { globals: globals.node },
    rules: { 'no-console': 'off' },
  },
);
