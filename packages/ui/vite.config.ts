import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { fillBase } from './build/fill-base.ts'
import { precompress } from './build/precompress.ts'
import { slimContract } from './build/slim-contract.ts'

/** `LAB_DEV_SERVER` names the ML Lab server that the dev server hands API requests to. */
const labServer = process.env['LAB_DEV_SERVER'] ?? 'http://127.0.0.1:8091'

export default defineConfig(({ command, mode }) => ({
  // Relative addresses: the built app works below any prefix, because index.html carries a <base> the server fills in.
  base: command === 'build' ? './' : '/app/',
  plugins: [slimContract(), react(), fillBase(), precompress()],
  build: {
    target: ['chrome123', 'firefox120', 'safari17.5'], // the first with light-dark()
    outDir: mode === 'sheet' ? 'dist-sheet' : 'dist',
    assetsInlineLimit: 0, // the content security policy allows no data: scripts or styles
    reportCompressedSize: false,
    manifest: true,
    rolldownOptions: {
      input: mode === 'sheet' ? 'sheet.html' : 'index.html',
      // One chunk of libraries that every page needs: a dozen small ones compress worse.
      output: {
        codeSplitting: {
          groups: [
            {
              name: 'base',
              test: /node_modules.(react|react-dom|scheduler|use-sync-external-store|@tanstack.(router-core|react-router|history|store|react-store))./,
            },
          ],
        },
      },
    },
  },
  server: {
    proxy: {
      '/api': { target: labServer, ws: true },
      '/mlflow': { target: labServer },
    },
  },
}))
