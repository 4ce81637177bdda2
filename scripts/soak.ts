// `npm run soak`: kills the server 200 times, at every crash point and at random, and checks after each time that it has all it
// acknowledged and that nothing runs that should not. `npm run soak -- 1000 7` kills 1000 times, with the random numbers of seed 7.
import { mkdtemp } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'

import { openCrashRun } from '../packages/testkit/src/crash/crash-run.ts'
import { scenarios } from '../packages/testkit/src/crash/scenarios.ts'

const [kills = 200, seed = Math.trunc(Date.now() / 1000)] = process.argv.slice(2).map(Number)
// What compiles once need not compile at each of the starts.
process.env['NODE_COMPILE_CACHE'] ??= path.resolve(import.meta.dirname, '../node_modules/.cache/compiled')

const folder = await mkdtemp(path.join(os.tmpdir(), 'mllab-soak-'))
console.log(`${kills} kills with seed ${seed} in ${folder}`)
const begin = performance.now()
const run = await openCrashRun({ folder, seed })
let last = ''
try {
  // Every crash point in turn, and between two of them each random way to end.
  const ends = ['moment', 'point', 'start', 'moment', 'point', 'stop'] as const
  const rounds = Object.keys(scenarios).flatMap((point, index) => [
    { name: `at ${point}`, end: () => run.at(point) },
    ...ends.slice((index % 3) * 2, (index % 3) * 2 + 2).map((how) => ({ name: how, end: () => run.atRandom(how) })),
  ])
  let told = 0
  for (let round = 0; run.kills < kills; round += 1) {
    const { name = '', end } = rounds[round % rounds.length] ?? {}
    last = name
    await end?.()
    if (run.kills < told + 20) continue
    told = run.kills
    console.log(`${told} kills, ${seconds(performance.now() - begin)}`)
  }
  last = 'at the end'
  await run.close()
  console.log(`survived; the slowest recovery, start included, took ${seconds(run.slowestRecoveryMs)}`)
} catch (error) {
  await run.abandon()
  console.error(`kill ${run.kills}, ${last}, seed ${seed}; the data root is kept in ${folder}`)
  console.error(error)
  process.exitCode = 1
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
