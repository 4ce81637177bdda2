import type { ReactNode } from 'react'
import type { WorkloadState } from '@mllab/sdk'
import { ButtonLink } from '../../components/Button.tsx'
import type { SearchParams } from '../../lib/search.ts'
import type { WayOut } from './FailedSection.tsx'
import { words } from './words.ts'

/** The ways out of a failure, the one that will probably work first. */
export function failedWays(
  state: WorkloadState,
  { startAgain, newForm }: { startAgain: ReactNode; newForm: { to: string; search?: SearchParams } | null },
): WayOut[] {
  const outOfMemory = state.reason?.code === 'oom'
  const again: WayOut[] =
    startAgain === null
      ? []
      : [{ title: words('failed.startAgain'), text: words('failed.startAgainText'), button: startAgain }]
  const anew: WayOut[] =
    newForm === null
      ? []
      : [
          {
            title: words(outOfMemory ? 'failed.moreMemory' : 'failed.changed'),
            text: words(outOfMemory ? 'failed.moreMemoryText' : 'failed.changedText'),
            button: (
              <ButtonLink
                to={newForm.to}
                search={{ ...newForm.search, new: '', ...(outOfMemory ? { memory: moreMemory(state) } : {}) }}
              >
                {words('failed.openForm')}
              </ButtonLink>
            ),
          },
        ]
  return outOfMemory ? [...anew, ...again] : [...again, ...anew]
}

/** Twice what it used last, in whole GB. */
function moreMemory(state: WorkloadState): string {
  const used = (state.memoryBytes ?? 2 ** 30) / 2 ** 30
  return String(Math.max(1, Math.ceil(used * 2)))
}
