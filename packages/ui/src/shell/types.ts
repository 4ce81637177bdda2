import type { Icon } from '../components/icons.ts'
import type { Status } from '../lib/status.ts'

export interface NavEntry {
  label: string
  icon: Icon
  to: string
  current: boolean
  /** How many, and the one status that stands for them. */
  count?: number | undefined
  status?: Status | undefined
  /** Stands in the bar on phones; at most four. */
  onPhone?: boolean
}

export interface ShellProject {
  slug: string
  name: string
  to: string
}

/** Long work, as the activity menu shows it. */
export interface Activity {
  id: string
  name: string
  /** Done from 0 to 1, null while unknown. */
  share: number | null
  /** “part 121 of 191, 13.8 MB/s, 41 s left”. */
  facts: string
  status: 'running' | 'done' | 'failed'
  to?: string | undefined
  onCancel?: (() => void) | undefined
}
