import hooks from 'eslint-plugin-react-hooks'
import ts from 'typescript-eslint'

export default ts.config(
  { ignores: ['dist/', 'node_modules/'] },
  ...ts.configs.recommended,
  { files: ['src/**/*.{ts,tsx}'], plugins: { 'react-hooks': hooks }, rules: { 'react-hooks/rules-of-hooks': 'error', 'react-hooks/exhaustive-deps': 'error' } },
  {
    // Whatever is taken of Mantine is wrapped in src/ui, so that another of its versions is one folder's matter.
    files: ['src/**/*.{ts,tsx}'],
    ignores: ['src/ui/**'],
    rules: { 'no-restricted-imports': ['error', { patterns: [{ group: ['@mantine/*'], message: 'take it from src/ui, and wrap it there if it is missing' }] }] },
  },
  {
    // What tests make up is not reachable from what is shipped.
    files: ['src/**/*.{ts,tsx}'],
    ignores: ['src/**/*.test.{ts,tsx}', 'src/test*', 'src/ui/**'],
    rules: {
      'no-restricted-imports': ['error', {
        patterns: [
          { group: ['@mantine/*'], message: 'take it from src/ui, and wrap it there if it is missing' },
          { group: ['**/*sample*', '**/test-*'], message: 'samples are for tests' },
        ],
      }],
      'no-restricted-globals': ['error', { name: 'localStorage', message: 'nothing of anybody is kept in the browser; src/ui keeps the colours' }],
      'no-restricted-properties': ['error', { property: 'dangerouslySetInnerHTML', message: 'text is text' }],
    },
  },
)
