import { glob, readFile } from 'node:fs/promises'
import path from 'node:path'

/** Names of all crash points in the TypeScript files below a folder, sorted. */
export async function crashPointsIn(folder: string): Promise<string[]> {
  const names = new Set<string>()
  for await (const file of glob('**/*.ts', { cwd: folder })) {
    const code = await readFile(path.join(folder, file), 'utf8')
    for (const [, name = ''] of code.matchAll(/\bcrashPoint\('([^']+)'\)/g)) names.add(name)
  }
  return [...names].toSorted()
}
