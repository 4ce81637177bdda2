import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

import { opener } from '@mllab/testkit/database'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'

const ROUNDS = 5

describe('a process killed while it writes', () => {
  const open = opener('sqlite')

  it('has stored all it acknowledged and no half of a pair', async () => {
    const place = await open.place()
    const acknowledged: string[] = []
    for (let round = 0; round < ROUNDS; round += 1) acknowledged.push(...(await writeAndKill(place, 100 + round * 37)))
    expect(acknowledged.length).toBeGreaterThan(ROUNDS * 100)

    const db = await open.at(place)
    const rows = await db.sql.selectFrom('setting').select('key').execute()
    const keys = new Set(rows.map((row) => row.key))
    const rowsOf = (key: string) => (key.startsWith('p-') ? [`${key}/1`, `${key}/2`] : [key])
    expect(acknowledged.flatMap(rowsOf).filter((key) => !keys.has(key))).toEqual([])
    expect([...keys].filter((key) => key.endsWith('/1') && !keys.has(key.replace(/1$/, '2')))).toEqual([])
    expect((await sql`pragma integrity_check`.execute(db.sql)).rows).toEqual([{ integrity_check: 'ok' }])
  })
})

/** Kills after `count` acknowledgements; answers all that came through the pipe. */
async function writeAndKill(place: string, count: number): Promise<string[]> {
  const program = new URL('./writing.process.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [program, place], { stdio: ['ignore', 'pipe', 'inherit'] })
  const acknowledged: string[] = []
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => {
    // The last line may be cut.
    if (line.length < 38) return
    acknowledged.push(line)
    if (acknowledged.length === count) child.kill('SIGKILL')
  })
  await once(lines, 'close')
  return acknowledged
}
