// `npm run check`: everything that can be said about the code without running it.
import { existsSync } from 'node:fs'
import path from 'node:path'

import { checkLayers } from './check-layers.ts'
import { checkDependencies } from './checks/dependencies.ts'
import { format, type Finding } from './checks/finding.ts'
import { checkDeadCode, checkFormat, checkLint, checkTypes } from './checks/tools.ts'
import { checkWords } from './checks/words.ts'

const root = path.resolve(import.meta.dirname, '..')
const UI = 'packages/ui/tsconfig.json'

const CHECKS: Readonly<Record<string, () => Promise<Finding[]>>> = {
  types: () => checkTypes(root, 'tsconfig.json'),
  'types of the web app': () => (existsSync(path.join(root, UI)) ? checkTypes(root, UI) : Promise.resolve([])),
  lint: () => checkLint(root),
  format: () => checkFormat(root),
  layers: () => checkLayers(root),
  'dead code': () => checkDeadCode(root),
  dependencies: () => checkDependencies(root),
  words: () => checkWords(root),
}

const wanted = process.argv.slice(2)
const results = await Promise.all(
  Object.entries(CHECKS)
    .filter(([name]) => wanted.length === 0 || wanted.includes(name))
    .map(async ([name, check]) => ({ name, findings: await check() })),
)

for (const { name, findings } of results) {
  if (findings.length > 0)
    console.log(`\n${name}\n${findings.map((finding) => `  ${format(finding).replaceAll('\n', '\n  ')}`).join('\n')}`)
}
console.log(
  `\n${results.map(({ name, findings }) => `${name}: ${findings.length === 0 ? 'good' : findings.length}`).join(' · ')}`,
)
process.exitCode = results.some(({ findings }) => findings.length > 0) ? 1 : 0
