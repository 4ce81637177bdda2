import type { Plugin } from 'vite'
import { usedEndpoints } from './used-endpoints.ts'

const name = '@mllab/contract'
const resolved = '\0mllab:contract'
const part = 'mllab:contract/'

/**
 * In the browser the contract is data: method, path and kind of answer of the endpoints that the app calls (of all
 * while it is developed), lists and registries.
 * Its schemas stay on the server, which checks every request anyway, and zod with them (about 30 kB compressed).
 * Importing a schema as a value into the app fails the build; its type is what pages need.
 */
export function slimContract(): Plugin {
  let developing = false
  return {
    name: 'mllab:slim-contract',
    enforce: 'pre',
    configResolved: ({ command }) => void (developing = command === 'serve'),
    resolveId: (id) =>
      id === name
        ? { id: resolved, moduleSideEffects: false }
        : id.startsWith(part)
          ? { id: `\0${id}`, moduleSideEffects: false }
          : null,
    async load(id) {
      if (id !== resolved && !id.startsWith(`\0${part}`)) return null
      // The sdk exports what the contract does.
      const everything: Record<string, unknown> = await import('@mllab/sdk')
      if (id !== resolved) {
        const key = id.slice(part.length + 1)
        return `export const ${key} = ${JSON.stringify(everything[key])}`
      }
      const data = Object.keys(everything).filter((key) => key !== 'contract' && isData(everything[key]))
      const isUsed = developing ? () => true : await usedEndpoints()
      const groups = everything['contract'] as Record<string, Record<string, FullEndpoint>>
      // Each in a module of its own, so that only what uses it carries it.
      return [
        `const e = (method, path, body) => ({ method, path, success: { body } })`,
        `export const contract = ${groupsAsCode(groups, isUsed)}`,
        ...data.map((key) => `export { ${key} } from '${part}${key}'`),
      ].join('\n')
    },
  }
}

interface FullEndpoint {
  method: string
  path: string
  success: { status: number; body?: unknown }
}

/** The endpoints that are used, as code: calls instead of objects save the names of the fields. */
function groupsAsCode(
  groups: Record<string, Record<string, FullEndpoint>>,
  isUsed: (group: string, name: string) => boolean,
): string {
  return record(
    Object.entries(groups).map(([group, endpoints]) => {
      const used = Object.entries(endpoints).filter(([name]) => isUsed(group, name))
      return [group, record(used.map(([name, endpoint]) => [name, endpointAsCode(endpoint)]))]
    }),
  )
}

const endpointAsCode = ({ method, path, success: { body } }: FullEndpoint) =>
  `e(${[method, path, ...(body === undefined ? [] : [body === 'bytes' ? 'bytes' : 'json'])].map((one) => JSON.stringify(one)).join()})`

/** An object literal whose values are code. */
const record = (fields: readonly (readonly [string, string])[]) =>
  `{${fields.map(([key, code]) => `${JSON.stringify(key)}:${code}`).join()}}`

/** Plain lists and objects all the way down: no schema, no function. */
function isData(value: unknown): boolean {
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return true
  if (Array.isArray(value)) return value.every(isData)
  return (
    typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(isData)
  )
}
