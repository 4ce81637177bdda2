import { mkdtemp } from 'node:fs/promises'
import path from 'node:path'

import { openCrashRun, type CrashRun } from '@mllab/testkit/crash/crash-run'
import { fewPoints, scenarios, pointsElsewhere, startPoints } from '@mllab/testkit/crash/scenarios'
import { crashPointsIn } from '@mllab/testkit/crash/sources'
import { testFolder } from '@mllab/testkit/folder'
import { afterAll, describe, expect, it } from 'vitest'

/** The same each time; `npm run soak` takes others, and all crash points. */
const SEED = 20_260_711
/** Longer than everything inside waits for, so that what is wrong is told. */
const KILL_MS = 60_000

describe('a server killed with SIGKILL has all it acknowledged, and nothing runs that should not', () => {
  let run: CrashRun | undefined

  /** One server for all; a new one after a failure, so that each test tells its own. */
  const surviving = async (kill: (run: CrashRun) => Promise<void>) => {
    run ??= await openCrashRun({ folder: await mkdtemp(path.join(testFolder(), 'crash-')), seed: SEED })
    try {
      await kill(run)
    } catch (error) {
      await run.abandon()
      run = undefined
      throw error
    }
  }
  afterAll(() => run?.close())

  it.each(fewPoints)('at %s', { timeout: KILL_MS }, (point) => surviving((run) => run.at(point)))
  it('at a random moment', { timeout: KILL_MS }, () => surviving((run) => run.atRandom('moment')))
  it('at a random crash point', { timeout: KILL_MS }, () => surviving((run) => run.atRandom('point')))
  it('again while it starts', { timeout: KILL_MS }, () => surviving((run) => run.atRandom('start')))
  it('or asked to stop under load', { timeout: KILL_MS }, () => surviving((run) => run.atRandom('stop')))
})

it('is tried at every crash point there is', async () => {
  const known = [...Object.keys(scenarios), ...startPoints, ...pointsElsewhere]
  expect(await crashPointsIn(import.meta.dirname)).toEqual(known.toSorted())
  expect(fewPoints.filter((point) => !known.includes(point))).toEqual([])
})
