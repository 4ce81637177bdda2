// `node scripts/reference.ts` writes docs/reference from the code. A test fails when what is committed is not what it would write.
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { contract, openApi } from '../packages/contract/src/index.ts'
import { apiPage } from './reference/api.ts'
import { cliPage } from './reference/cli.ts'
import { errorsPage } from './reference/errors.ts'
import { permissionsPage } from './reference/permissions.ts'
import { settingsPage } from './reference/settings.ts'

const root = path.resolve(import.meta.dirname, '..')

export const REFERENCE = path.join(root, 'docs', 'reference')

/** The text of each file of the reference, by its name. */
export function referenceFiles(): Readonly<Record<string, string>> {
  return {
    'api.md': apiPage(),
    'cli.md': cliPage(),
    'errors.md': errorsPage(),
    'openapi.json': `${JSON.stringify(openApi(contract, version()), null, 2)}\n`,
    'permissions.md': permissionsPage(),
    'settings.md': settingsPage(),
  }
}

function version(): string {
  const manifest = readFileSync(path.join(root, 'packages/server/package.json'), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version // our own file
}

if (import.meta.main) {
  await mkdir(REFERENCE, { recursive: true })
  for (const [name, text] of Object.entries(referenceFiles())) {
    await writeFile(path.join(REFERENCE, name), text)
    console.log(`docs/reference/${name}`)
  }
}
