import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import path from 'node:path'

const sources = ['../src', '../../sdk/src'].map((folder) => fileURLToPath(new URL(folder, import.meta.url)))

/**
 * Which endpoints the app calls, read from its sources: `api.files.list(…)`, or `api[kind].usage(…)` for a group that is only known when it
 * runs. Answers whether it is one of them.
 */
export async function usedEndpoints(): Promise<(group: string, name: string) => boolean> {
  const text = (await Promise.all(sources.map(textOf))).join('\n')
  const named = new Set([...text.matchAll(/\.(\w+)\s*\.(?=(\w+))/g)].map(([, group, name]) => `${group}.${name}`))
  const computed = new Set([...text.matchAll(/\]\s*\.(\w+)\s*\(/g)].map(([, name]) => name))
  return (group, name) => named.has(`${group}.${name}`) || computed.has(name)
}

async function textOf(folder: string): Promise<string> {
  const files = (await readdir(folder, { recursive: true })).filter((file) => /(?<!\.test)\.tsx?$/.test(file))
  return (await Promise.all(files.map((file) => readFile(path.join(folder, file), 'utf8')))).join('\n')
}
