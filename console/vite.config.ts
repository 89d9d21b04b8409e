import { fileURLToPath } from 'node:url'

import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

// The console lies under /console/. Nothing is put into the page itself, so that it needs no exception from its policy.
export default defineConfig({
  base: '/console/',
  plugins: [react()],
  resolve: {
    alias: {
      '@attune/client': at('../clients/typescript/src/index.ts'),
      'openapi-fetch': at('node_modules/openapi-fetch/dist/index.mjs'),
    },
  },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    chunkSizeWarningLimit: 1000, // tools/pack.mjs looks what the parts weigh as they are sent
    manifest: 'manifest.json',
  },
  server: { proxy: { '/v1': 'http://localhost:8080' } },
  test: { environment: 'jsdom', testTimeout: 60_000, setupFiles: ['./src/test-setup.ts'], include: ['src/**/*.test.{ts,tsx}'] },
})
