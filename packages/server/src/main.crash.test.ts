import { mkdtemp } from 'node:fs/promises'
import path from 'node:path'

import { openCrashRun, type CrashRun } from '@mllab/testkit/crash/crash-run'
import { scenarios, startPoints } from '@mllab/testkit/crash/scenarios'
import { crashPointsIn } from '@mllab/testkit/crash/sources'
import { testFolder } from '@mllab/testkit/folder'
import { afterAll, describe, expect, it } from 'vitest'

/** Another one each day finds more; the same one again shows the same. */
const SEED = 20_260_711

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

  it.each(Object.keys(scenarios))('at %s', (point) => surviving((run) => run.at(point)))

  it.each([1, 2, 3])('at a random moment, %i', () => surviving((run) => run.atRandom('moment')))
  it.each([1, 2])('at a random crash point, %i', () => surviving((run) => run.atRandom('point')))
})

it('is tried at every crash point there is', async () => {
  const known = [...Object.keys(scenarios), ...startPoints]
  expect(await crashPointsIn(import.meta.dirname)).toEqual(known.toSorted())
})
