import { parts } from './en/parts.ts'
import { shell } from './en/shell.ts'

/** All words of the UI, by key. A page's words go into a file of their own in `en/` and are spread in here. */
export const en = { ...parts, ...shell } as const
