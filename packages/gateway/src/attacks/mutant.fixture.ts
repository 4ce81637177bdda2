/**
 * Runs attacks against copies of the gateway. Reads lines of `<folder of a copy>\t<part of ids to try first>` from stdin, and says for each
 * the id of the first attack that succeeded, or nothing. A copy that breaks the process was noticed too: whoever started it sees the end.
 */
import path from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

for await (const line of createInterface({ input: process.stdin })) {
  const [folder = '', first = ''] = line.split('\t')
  process.stdout.write(`${await notice(folder, first)}\n`)
}
process.exit()

async function notice(folder: string, first: string): Promise<string> {
  const load = async <T>(file: string): Promise<T> =>
    (await import(pathToFileURL(path.join(folder, 'attacks', file)).href)) as T // a copy of the module named
  const { corpus } = await load<typeof import('./corpus.ts')>('corpus.ts')
  const { openWorld } = await load<typeof import('./world.ts')>('world.ts')
  const isFirst = (id: string) => id.toLowerCase().includes(first.toLowerCase())
  const world = await openWorld()
  try {
    for (const { id, run } of [...corpus.filter(({ id }) => isFirst(id)), ...corpus.filter(({ id }) => !isFirst(id))])
      if ((await run(world).catch(String)) !== undefined) return id
    return ''
  } finally {
    await world.close()
  }
}
