import os from 'node:os'

import { effectiveSettings } from '../../packages/server/src/config.ts'
import { code, markdownTable, page } from './markdown.ts'

/** Every setting of the server. */
export function settingsPage(): string {
  const rows = effectiveSettings({}).map(({ name, value, meaning, takes }) => [
    code(name),
    takes,
    value === '' ? '' : code(value.replace(os.homedir(), '~')),
    meaning.replace(/<[^>]+>/g, (placeholder) => code(placeholder)),
  ])
  return page(
    'Settings',
    `The server is set up by environment variables, and needs none. \`mllab config\` prints what is in effect and where it comes from; a value that
means nothing stops the start with a sentence that says what to do.`,
    markdownTable(['name', 'takes', 'default', 'meaning'], rows),
  )
}
