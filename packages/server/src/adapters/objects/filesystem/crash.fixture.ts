import { Readable } from 'node:stream'

import { createFakeClock, silentLog } from '@mllab/kernel'

import { newObjectKey } from '../../../ports/objects.ts'
import { bodyFor } from './crash.bodies.ts'
import { openFilesystemObjects } from './filesystem.ts'

/** Puts objects for ever, in both ways, and prints the key of each that was acknowledged. Ends by being killed. */
const folder = process.argv[2]
if (folder === undefined) throw new Error('usage: crash.fixture.ts <folder>')
const store = await openFilesystemObjects({ folder, clock: createFakeClock(), log: silentLog })

const putWhole = async () => {
  const key = newObjectKey()
  await store.put(key, Readable.from(bodyFor(key)))
  return key
}

const putInParts = async () => {
  const handle = await store.beginParts(newObjectKey())
  const parts = []
  for (const piece of bodyFor(handle.key)) parts.push(await store.putPart(handle, parts.length + 1, piece, {}))
  await store.completeParts(handle, parts)
  return handle.key
}

const forever = async (put: () => Promise<string>) => {
  for (;;) process.stdout.write(`${await put()}\n`)
}

await Promise.all([forever(putWhole), forever(putWhole), forever(putInParts), forever(putInParts)])
