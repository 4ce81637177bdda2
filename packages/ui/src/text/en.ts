import { parts } from './en/parts.ts'
import { shell } from './en/shell.ts'

/** The words of the components and the shell. A page's words stand in `en/<page>.ts` and come with its chunk: see `pageText`. */
export const en = { ...parts, ...shell } as const
