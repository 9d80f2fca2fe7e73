import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** In development the API comes from a running server or from `npm run mock`. */
const server = process.env.TRUNKLINE_URL ?? 'http://127.0.0.1:8099';

export default defineConfig({
  plugins: [react()],
  build: {
    target: 'es2023',
    sourcemap: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The budget that counts is checked by `npm run size`, compressed.
    chunkSizeWarningLimit: 1000,
  },
  server: { proxy: { '/v1': { target: server, ws: true } } },
});
