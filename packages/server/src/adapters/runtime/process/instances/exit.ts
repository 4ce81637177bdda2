import { stat } from 'node:fs/promises'
import os from 'node:os'

import { hasCode, type Clock } from '@mllab/kernel'

import type { GroupEvents } from '../host/controllers.ts'
import type { ObservedInstance } from '../../../../ports/runtime.ts'
import { readIfThere, readNote, writeNote, type InstanceFolder } from './record.ts'

export type InstanceExit = NonNullable<ObservedInstance['exit']>

/** How a run ended whose wrapper is gone. What nobody can know is noted once, so that a later look tells the same. */
export async function readExit(
  files: InstanceFolder,
  run: string,
  context: { readonly clock: Clock; readonly sameBoot: boolean; readonly events: GroupEvents },
): Promise<InstanceExit> {
  const note = await readNote(files, run)
  const { code, at } = await readCode(files.run(run).exit)
  if (note) return { code, at: note.at, reason: note.reason, detail: note.detail }
  if (code === undefined || at === undefined) {
    const detail = context.sameBoot ? 'its supervisor was killed' : 'the machine was restarted'
    const lost = { reason: 'lost', detail, at: context.clock.now() } as const
    await writeNote(files, run, lost)
    return { code: undefined, ...lost }
  }
  if (code === 137 && context.events.oomKills > 0)
    return { code, at, reason: 'oom', detail: 'its memory was used up, and the kernel ended it' }
  if (code !== 0 && context.events.refusedForks > 0)
    return { code, at, reason: 'too-many-processes', detail: 'it started as many processes and threads as it may' }
  const signal = signalOf(code)
  return signal ? { code, at, reason: 'killed', detail: signal } : { code, at, reason: 'exit' }
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
