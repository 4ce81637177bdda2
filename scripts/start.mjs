// `npm start`: everything a fresh machine needs, then the server in its place.
import path from 'node:path'
import { fileURLToPath } from 'node:url'

import { becomeServer } from './setup/server.mjs'
import { main } from './setup/steps.mjs'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')

await main(() => becomeServer(root, ['up', ...process.argv.slice(2)]))
