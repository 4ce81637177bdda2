import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'

export interface Import {
  /** As written: `../ports/objects.ts`, `@mllab/kernel`. */
  readonly specifier: string
  readonly line: number
  /** Erased before it runs. */
  readonly typeOnly: boolean
  /** Loaded when the module is: not `import()`, not a worker. */
  readonly atOnce: boolean
}

export interface Source {
  /** From the root of the repository, with `/`. */
  readonly file: string
  /** Without comments; lines are where they were. */
  readonly code: string
  readonly imports: readonly Import[]
}

const LEFT_OUT = new Set(['node_modules', 'dist', 'shots', '.cache'])

/** All TypeScript of a folder. */
export async function readSources(root: string, folder: string): Promise<Source[]> {
  const names = await readdir(path.join(root, folder), { recursive: true, withFileTypes: true }).catch(() => [])
  const files = names
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .filter((file) => !file.split('/').some((segment) => LEFT_OUT.has(segment)))
    .toSorted()
  return await Promise.all(files.map(async (file) => parse(file, await readFile(path.join(root, file), 'utf8'))))
}

export function parse(file: string, text: string): Source {
  const code = withoutComments(text)
  return { file, code, imports: importsOf(code) }
}

export function lineAt(code: string, index: number): number {
  let line = 1
  for (let at = code.indexOf('\n'); at !== -1 && at < index; at = code.indexOf('\n', at + 1)) line += 1
  return line
}

/** A test, or what only tests use. */
export function isTest(file: string): boolean {
  return (
    /(\.(test|fixture|contract|rig)|\/rig)\.tsx?$/.test(file) ||
    file.includes('/testing/') ||
    file.startsWith('packages/testkit/')
  )
}

/** Statements begin a line here, since the formatter sees to that; `new URL('./x.ts', import.meta.url)` is how workers are named. */
const AT_ONCE = [/^(?:import|export)\s+(type\s)?[^'"`;]*?\bfrom\s*'([^']+)'/gm, /^import\s+()'([^']+)'/gm]
const LATER = [/\bimport\(\s*()'([^']+)'/g, /\bnew URL\(\s*()'(\.[^']+\.ts)',\s*import\.meta\.url/g]

function importsOf(code: string): Import[] {
  return [...AT_ONCE, ...LATER]
    .flatMap((pattern) =>
      [...code.matchAll(pattern)].map((match) => ({
        specifier: match[2] ?? '',
        line: lineAt(code, match.index),
        typeOnly: Boolean(match[1]) || isTypeQuery(code, match.index),
        atOnce: AT_ONCE.includes(pattern),
      })),
    )
    .toSorted((a, b) => a.line - b.line)
}

/** `typeof import('x')`. */
function isTypeQuery(code: string, index: number): boolean {
  return /typeof\s+$/.test(code.slice(Math.max(0, index - 10), index))
}

/** Blanks comments out. Strings and templates are skipped, so that a `//` in an address is none; a regular expression is taken for code. */
function withoutComments(text: string): string {
  const token = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`|\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/[^\n]*/g
  return text.replace(token, (found) => (found.startsWith('/') ? found.replace(/[^\n]/g, ' ') : found))
}
