import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { missingOptionals, type Lock } from './lockfile.ts'

/**
 * Adds the platform packages that npm left out of package-lock.json because the registry in use did not have them: `npm ci` takes a lock
 * file without them for outdated, on every machine.
 */
const file = path.resolve(import.meta.dirname, '..', 'package-lock.json')
const lock = JSON.parse(await readFile(file, 'utf8')) as Lock // npm's own file
const missing = missingOptionals(lock)
Object.assign(lock.packages, missing)
const sorted = Object.fromEntries(Object.entries(lock.packages).toSorted(([a], [b]) => a.localeCompare(b, 'en')))
if (Object.keys(missing).length > 0)
  await writeFile(file, `${JSON.stringify({ ...lock, packages: sorted }, null, 2)}\n`)
console.log(`${Object.keys(missing).length} packages added`)
