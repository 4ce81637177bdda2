import type { Plugin } from 'vite'

const name = '@mllab/contract'
const resolved = '\0mllab:contract'

/**
 * In the browser the contract is data: method, path and kind of answer of every endpoint, lists and registries.
 * Its schemas stay on the server, which checks every request anyway, and zod with them (about 30 kB compressed).
 * Importing a schema as a value into the app fails the build; its type is what pages need.
 */
export function slimContract(): Plugin {
  return {
    name: 'mllab:slim-contract',
    enforce: 'pre',
    resolveId: (id) => (id === name ? resolved : null),
    async load(id) {
      if (id !== resolved) return null
      const everything: Record<string, unknown> = await import('@mllab/sdk')
      const data = Object.entries(everything).filter(([key, value]) => key !== 'contract' && isData(value))
      // The sdk exports what the contract does.
      const slim = slimGroups(everything['contract'] as Record<string, Record<string, FullEndpoint>>)
      return [['contract', slim] as const, ...data]
        .map(([key, value]) => `export const ${key} = ${JSON.stringify(value)}`)
        .join('\n')
    },
  }
}

interface FullEndpoint {
  method: string
  path: string
  success: { status: number; body?: unknown }
}

function slimGroups(groups: Record<string, Record<string, FullEndpoint>>) {
  return mapValues(groups, (endpoints) =>
    mapValues(endpoints, ({ method, path, success }) => ({
      method,
      path,
      success: success.body === undefined ? {} : { body: success.body === 'bytes' ? 'bytes' : 'json' },
    })),
  )
}

const mapValues = <From, To>(from: Record<string, From>, change: (value: From) => To): Record<string, To> =>
  Object.fromEntries(Object.entries(from).map(([key, value]) => [key, change(value)]))

/** Plain lists and objects all the way down: no schema, no function. */
function isData(value: unknown): boolean {
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return true
  if (Array.isArray(value)) return value.every(isData)
  return (
    typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(isData)
  )
}
