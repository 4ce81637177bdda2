// What a reader downloads, from the manifest of the last build:  node packages/ui/scripts/size.ts
// Fails above the budget: 120 kB of gzipped script for the start.
import { readFile } from 'node:fs/promises'
import { brotliCompressSync, gzipSync } from 'node:zlib'

const budgetBytes = 120_000
const dist = new URL('../dist/', import.meta.url)

interface Chunk {
  file: string
  isEntry?: boolean
  imports?: string[]
  css?: string[]
}

const manifest = JSON.parse(await readFile(new URL('.vite/manifest.json', dist), 'utf8')) as Record<string, Chunk> // written by Vite
const entries = Object.entries(manifest)
const first = new Set<string>()
const collect = (key: string) => {
  const chunk = manifest[key]
  if (!chunk || first.has(chunk.file)) return
  first.add(chunk.file)
  for (const css of chunk.css ?? []) first.add(css)
  for (const next of chunk.imports ?? []) collect(next)
}
for (const [key, chunk] of entries) if (chunk.isEntry) collect(key)

const files = [...new Set(entries.flatMap(([, chunk]) => [chunk.file, ...(chunk.css ?? [])]))]
let scriptBytes = 0
for (const file of files.toSorted()) {
  const bytes = await readFile(new URL(file, dist))
  const gzip = gzipSync(bytes, { level: 9 }).length
  if (first.has(file) && file.endsWith('.js')) scriptBytes += gzip
  process.stdout.write(
    `${first.has(file) ? 'start' : 'later'}  ${kB(bytes.length)}  gzip ${kB(gzip)}  br ${kB(brotliCompressSync(bytes).length)}  ${file}\n`,
  )
}
process.stdout.write(`script at the start: ${kB(scriptBytes)} gzip of ${kB(budgetBytes)}\n`)
process.exitCode = scriptBytes > budgetBytes ? 1 : 0

function kB(bytes: number) {
  return `${(bytes / 1000).toFixed(1).padStart(6)} kB`
}
