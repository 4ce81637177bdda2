import { stat } from 'node:fs/promises'
import os from 'node:os'

import { hasCode, type Clock } from '@mllab/kernel'

import type { GroupEvents } from '../host/controllers.ts'
import type { ObservedInstance } from '../../../../ports/runtime.ts'
import { endOfLog } from './logs.ts'
import { readIfThere, readNote, writeNote, type InstanceFolder, type InstanceRecord } from './record.ts'
import { saidWhy, sentences } from './shortages.ts'

export type InstanceExit = NonNullable<ObservedInstance['exit']>

/** How a run ended whose wrapper is gone. What nobody can know is noted once, so that a later look tells the same. */
export async function readExit(
  files: InstanceFolder,
  run: string,
  context: {
    readonly clock: Clock
    readonly sameBoot: boolean
    readonly events: GroupEvents
    readonly record: InstanceRecord
    readonly maxProcesses: number
  },
): Promise<InstanceExit> {
  const note = await readNote(files, run)
  const { code, at } = await readCode(files.run(run).exit)
  if (note) return { code, at: note.at, reason: note.reason, detail: note.detail }
  const { events, record } = context
  const outOfMemory = {
    reason: 'oom',
    detail: sentences.memoryEnded(record.spec.resources.memoryBytes),
  } as const
  if (code === undefined || at === undefined) {
    const unseen = {
      reason: 'lost',
      detail: context.sameBoot ? 'Its supervisor was killed.' : 'The machine was restarted.',
    } as const
    const lost = { ...(events.oomKills > 0 ? outOfMemory : unseen), at: context.clock.now() }
    await writeNote(files, run, lost)
    return { code: undefined, ...lost }
  }
  if (code === 0) return { code, at, reason: 'exit' }
  // It may have been one of its processes, and the others ended for want of it.
  if (events.oomKills > 0) return { code, at, ...outOfMemory }
  if (events.refusedForks > 0)
    return { code, at, reason: 'too-many-processes', detail: sentences.processesEnded(context.maxProcesses) }
  const said = saidWhy(await endOfLog(files.log, record.logFrom ?? 0))
  if (said) return { code, at, reason: said.reason, detail: said.detail }
  const signal = signalOf(code)
  return signal ? { code, at, reason: 'killed', detail: `It was ended by ${signal}.` } : { code, at, reason: 'exit' }
}

async function readCode(file: string): Promise<{ code: number | undefined; at: number | undefined }> {
  const text = (await readIfThere(file))?.trim()
  if (text === undefined || !/^\d+$/.test(text)) return { code: undefined, at: undefined }
  return { code: Number(text), at: await modifiedAt(file) }
}

async function modifiedAt(file: string): Promise<number | undefined> {
  try {
    return Math.round((await stat(file)).mtimeMs)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

/** A shell reports death by a signal as 128 + its number. */
function signalOf(code: number): string | undefined {
  return Object.entries(os.constants.signals).find(([, number]) => number === code - 128)?.[0]
}
