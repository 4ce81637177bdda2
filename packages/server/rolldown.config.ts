// The server as a few plain files in dist/: what `npm start` runs. Against the sources it needs a third of the memory less
// and half of the time to start; see docs/performance.md. Tests and everybody who works on the server run the sources.
import { builtinModules } from 'node:module'
import { cp, glob, mkdir } from 'node:fs/promises'
import path from 'node:path'

import { defineConfig, type Plugin } from 'rolldown'

const sources = path.join(import.meta.dirname, 'src')
const target = path.join(import.meta.dirname, 'dist')

export default defineConfig({
  input: await entries(),
  platform: 'node',
  // Heavy, and for those who chose S3 only: they stay where npm put them.
  external: [/^@aws-sdk\//, 'pg-native'],
  plugins: [ownFiles(), nodeModules(), asciiOnly()],
  output: {
    dir: target,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    cleanDir: true,
  },
})

/** The program, and each file that a thread starts with or that is imported by its address. */
async function entries(): Promise<Record<string, string>> {
  const found: Record<string, string> = { main: path.join(sources, 'main.ts') }
  for await (const file of glob('**/*.{worker,unit}.ts', { cwd: sources, exclude: ['**/testing/**'] }))
    found[path.basename(file, '.ts')] = path.join(sources, file)
  return found
}

/** What the sources name by `new URL('./file', import.meta.url)` lies beside the bundle under the same name. */
function ownFiles(): Plugin {
  return {
    name: 'own-files',
    transform(code, id) {
      if (!id.startsWith(sources)) return null
      return code.replaceAll(/new URL\('(?:\.\/)?([\w-]+\.(?:worker|unit))\.ts', import\.meta\.url\)/g, (_, name) => {
        return `new URL('./${name}.js', import.meta.url)`
      })
    },
    async writeBundle() {
      await mkdir(target, { recursive: true })
      for await (const file of glob('**/*.{sh,py}', { cwd: sources, exclude: ['**/testing/**'] }))
        await cp(path.join(sources, file), path.join(target, path.basename(file)))
    },
  }
}

/**
 * Node's modules without `import`: importing `node:http` reads all of its getters, and one of them loads all of undici
 * (16 MB). TLS (5 MB) is loaded by whoever uses it first, not by everybody who might.
 */
function nodeModules(): Plugin {
  const names = new Set(builtinModules.map((name) => name.replace(/^node:/, '')))
  names.delete('module') // rolldown's own helpers import it
  const late = new Set(['http2', 'https', 'inspector', 'tls'])
  return {
    name: 'node-modules',
    resolveId(source) {
      const name = source.replace(/^node:/, '')
      return names.has(name) ? `\0node:${name}` : null
    },
    load(id) {
      if (!id.startsWith('\0node:')) return null
      const module = `process.getBuiltinModule(${JSON.stringify(id.slice(1))})`
      return late.has(id.slice('\0node:'.length))
        ? `module.exports = new Proxy({}, { get: (_, name) => ${module}[name] })`
        : `module.exports = ${module}`
    },
  }
}

/** A source with one character beyond Latin-1 is held in memory at two bytes a character. */
function asciiOnly(): Plugin {
  return {
    name: 'ascii-only',
    renderChunk: (code) =>
      // oxlint-disable-next-line no-control-regex -- the range is meant
      code.replaceAll(/[^\x00-\x7f]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`),
  }
}
