import type { SqliteUnitClient } from '@mllab/server/ports/database'

/** Stores the names in the body; refuses all of them if one is `bad`. The half that runs in SQLite's writer. */
export function run(client: SqliteUnitClient, { body, at }: { body: Uint8Array; at: number }): { stored: number } {
  const names = JSON.parse(new TextDecoder().decode(body)) as string[] // the test wrote it
  const insert = client.prepare('insert into setting (key, value, updated_at) values (?, ?, ?)')
  for (const name of names) {
    insert.run(name, '', at)
    if (name === 'bad') throw new Error('a bad name')
  }
  return { stored: names.length }
}
