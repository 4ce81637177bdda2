/**
 * Runs attacks against copies of the gateway. Reads lines of `<folder of a copy>\t<part of ids to try first>` from stdin, and says for each
 * the id of the first attack that succeeded, or nothing. A copy that breaks the process was noticed too: whoever started it sees the end.
 */
import path from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

import { testCertificate } from '@mllab/testkit/certificate'

import type { Attack } from './world.ts'

const certificate = await testCertificate()

for await (const line of createInterface({ input: process.stdin })) {
  const [folder = '', first = ''] = line.split('\t')
  process.stdout.write(`${await notice(folder, first)}\n`)
}
process.exit()

async function notice(folder: string, first: string): Promise<string> {
  const load = async <T>(file: string): Promise<T> =>
    (await import(pathToFileURL(path.join(folder, 'attacks', file)).href)) as T // a copy of the module named
  const { corpus } = await load<typeof import('./corpus.ts')>('corpus.ts')
  const { unencryptedAttacks } = await load<typeof import('./unencrypted.ts')>('unencrypted.ts')
  const { openWorld } = await load<typeof import('./world.ts')>('world.ts')
  const isFirst = ({ id }: Attack) => id.toLowerCase().includes(first.toLowerCase())
  const [plain, secure] = [await openWorld(), await openWorld(certificate)]
  const all = [
    ...corpus.map((attack) => ({ attack, world: plain })),
    ...[...unencryptedAttacks, ...corpus].map((attack) => ({ attack, world: secure })),
  ]
  try {
    for (const { attack, world } of [
      ...all.filter(({ attack }) => isFirst(attack)),
      ...all.filter(({ attack }) => !isFirst(attack)),
    ])
      if ((await attack.run(world).catch(String)) !== undefined) return attack.id
    return ''
  } finally {
    await plain.close()
    await secure.close()
  }
}
