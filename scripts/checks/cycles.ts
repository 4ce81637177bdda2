import path from 'node:path'

import type { Finding } from './finding.ts'
import type { Source } from './sources.ts'

/** Files that need each other to load. Types are erased, and `import()` comes later; neither counts. One finding for each circle. */
export function findCycles(sources: readonly Source[]): Finding[] {
  const known = new Set(sources.map((source) => source.file))
  const edges = new Map(sources.map((source) => [source.file, targetsOf(source, known)]))
  const state = new Map<string, 'open' | 'done'>()
  const trail: string[] = []
  const findings: Finding[] = []

  const visit = (file: string): void => {
    state.set(file, 'open')
    trail.push(file)
    for (const target of edges.get(file) ?? []) {
      if (state.get(target) === 'open') findings.push(describe(trail.slice(trail.indexOf(target))))
      else if (!state.has(target)) visit(target)
    }
    trail.pop()
    state.set(file, 'done')
  }
  for (const source of sources) if (!state.has(source.file)) visit(source.file)
  return findings
}

function targetsOf({ file, imports }: Source, known: ReadonlySet<string>): string[] {
  return imports
    .filter(({ specifier, typeOnly, atOnce }) => specifier.startsWith('.') && atOnce && !typeOnly)
    .map(({ specifier }) => path.posix.join(path.posix.dirname(file), specifier))
    .filter((target) => known.has(target))
}

function describe(circle: readonly string[]): Finding {
  const [first = ''] = circle
  const way = [...circle, first].map((file) => path.posix.basename(file)).join(' → ')
  return {
    file: first,
    rule: 'layers/cycles',
    message: `import cycle ${way}: move what both need into a file of its own`,
  }
}
