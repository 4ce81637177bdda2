import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { fillBase } from './build/fill-base.ts'
import { precompress } from './build/precompress.ts'
import { slimContract } from './build/slim-contract.ts'

/** `LAB_DEV_SERVER` names the ML Lab server that the dev server hands API requests to. */
const labServer = process.env['LAB_DEV_SERVER'] ?? 'http://127.0.0.1:8091'

/** Libraries and parts that stand on every page, the login page included. */
const startModules =
  /vite.preload-helper|lucide-react.dist.esm.icons.(x|arrow-up|check|copy)\.|node_modules.(react|react-dom|scheduler|use-sync-external-store|@tanstack.(router-core|react-router|history|store|react-store)).|src.(components.(Button|EmptyState|Link|Marks|Status|Toast)|lib.(address|api|copy|cx|initials|last-project|queries|search|status)|text.t|text.en.(shell|parts))\./
/** Parts that nearly every page inside uses; none of them brings Base UI or a chart. */
const pageModules =
  /src.(components.(Choice|CodeBlock|ConfirmDialog|DataTable|Dialog|Field|FilterBar|FormDialog|Gauges|Input|Menu|Notice|OnceDialog|Page|PhoneRow|Popover|PropertyList|SelectionBar|TableParts|Tabs|Values|use-row-window)|lib.(activities|filter|format|highlight|match|media|number|pages|problem|save|selection|slug|sort|table-keys|theme|use-search)|shell.(crumbs|palette))\.|lucide-react.dist.esm.icons|react-virtual|virtual-core/

export default defineConfig(({ command, mode }) => ({
  // Relative addresses: the built app works below any prefix, because index.html carries a <base> the server fills in.
  base: command === 'build' ? './' : '/app/',
  // React has had the hook itself since 18; the shim for older ones would only be weight at the start.
  resolve: {
    alias: [{ find: /^use-sync-external-store\/shim(?=\/with-selector|$)/, replacement: 'use-sync-external-store' }],
  },
  plugins: [slimContract(), react(), fillBase(), precompress()],
  build: {
    target: ['chrome123', 'firefox120', 'safari17.5'], // the first with light-dark()
    outDir: mode === 'sheet' ? 'dist-sheet' : 'dist',
    assetsInlineLimit: 0, // the content security policy allows no data: scripts or styles
    modulePreload: { polyfill: false }, // all of the targets know it
    reportCompressedSize: false,
    manifest: true,
    rolldownOptions: {
      input: mode === 'sheet' ? 'sheet.html' : 'index.html',
      // What every page needs, in two chunks: a hundred small ones compress worse, and each page would have to list them.
      output: {
        codeSplitting: {
          groups: [
            // Else it would lie in the base, which knows the contract.
            { name: 'errors', test: /mllab:contract.errorRegistry/, priority: 3 },
            { name: 'base', test: startModules, priority: 2 },
            { name: 'kit', test: pageModules, priority: 1 },
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
