import { subscribe } from 'node:diagnostics_channel'

import { CRASH_POINTS, silentLog, systemClock } from '@mllab/kernel'

import { readLayer } from '../images/layers/layer-description.ts'
import { createLayers } from '../images/layers/layers.ts'
import { createNpmArchives } from '../images/layers/npm-archives.ts'

/** A server that dies as a layer is finished but for its name. */
const [source, folder, cache, registryUrl] = process.argv.slice(2)
if (!source || !folder || !cache || !registryUrl)
  throw new Error('a description, two folders and a registry are needed')
subscribe(CRASH_POINTS, (name) => {
  if (name === 'layer/aside') process.kill(process.pid, 'SIGKILL')
})
const archives = await createNpmArchives({ folder: cache, registryUrl, clock: systemClock })
const layers = await createLayers({ folder, archives, clock: systemClock, log: silentLog })
await layers.ensure(await readLayer(source), { onProgress: () => undefined, signal: AbortSignal.timeout(30_000) })
