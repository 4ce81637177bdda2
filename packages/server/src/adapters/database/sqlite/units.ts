import type { SqliteUnitClient } from '../../../ports/database.ts'

type Run = (client: SqliteUnitClient, input: unknown) => unknown

/** Units by name, imported once. In the writer thread. */
export interface Units {
  /** Starts the import; `settled` is called when the unit can be run, or is known to be broken. */
  define(name: string, url: string, settled: () => void): void
  isLoading(name: string): boolean
  run(name: string, client: SqliteUnitClient, input: unknown): unknown
}

export function createUnits(): Units {
  const units = new Map<string, Run | Error | 'loading'>()

  const load = async (name: string, url: string) => {
    const module = (await import(url)) as Record<string, unknown> // any module has names
    const run = module['run']
    if (typeof run !== 'function') throw new Error(`unit ${name}: ${url} exports no function \`run\``)
    return run as Run // What it takes and gives is fixed by `UnitDefinition`, where it is registered.
  }

  return {
    define: (name, url, settled) => {
      if (units.has(name)) return
      units.set(name, 'loading')
      void load(name, url)
        .catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))))
        .then((unit) => {
          units.set(name, unit)
          settled()
        })
    },
    isLoading: (name) => units.get(name) === 'loading',
    run: (name, client, input) => {
      const unit = units.get(name)
      if (unit instanceof Error) throw unit
      if (typeof unit !== 'function') throw new Error(`unit ${name} is not known`)
      const output = unit(client, input)
      if (output instanceof Promise) throw new Error(`unit ${name} is not synchronous`)
      return output
    },
  }
}
