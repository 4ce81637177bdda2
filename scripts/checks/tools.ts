import { execFile } from 'node:child_process'
import path from 'node:path'

import type { Finding } from './finding.ts'

/** Types, by TypeScript itself. */
export async function checkTypes(root: string, project: string): Promise<Finding[]> {
  const output = await runTool(root, 'typescript/bin/tsc', ['-p', project, '--pretty', 'false'])
  const errors = [...output.matchAll(/^(\S[^(\n]*)\((\d+),\d+\): error (TS\d+): (.*(?:\n {2}.*)*)/gm)]
  if (errors.length === 0 && output.trim() !== '') throw new Error(`tsc did not run:\n${output}`)
  return errors.map(([, file = '', line, rule = '', message = '']) => ({ file, line: Number(line), rule, message }))
}

interface LintReport {
  readonly diagnostics: readonly {
    readonly message: string
    readonly code?: string
    readonly help?: string
    readonly filename: string
    readonly labels: readonly { readonly span: { readonly line: number } }[]
  }[]
}

/** Rules of .oxlintrc.json, those that need types too. */
export async function checkLint(root: string): Promise<Finding[]> {
  const output = await runTool(root, 'oxlint/bin/oxlint', ['--type-aware', '--format=json'])
  const { diagnostics } = parseReport('oxlint', output) as LintReport // its own format
  return diagnostics.map(({ message, code, help, filename, labels }) => ({
    file: filename,
    ...(labels[0] && { line: labels[0].span.line }),
    rule: code ?? 'oxlint',
    message: help === undefined ? message : `${message} ${help}`,
  }))
}

export async function checkFormat(root: string): Promise<Finding[]> {
  const output = await runTool(root, 'oxfmt/bin/oxfmt', ['--list-different', '.'])
  const files = output.split('\n').filter((line) => line !== '')
  return files.map((file) => ({ file, rule: 'format', message: 'not formatted: npm run format' }))
}

type DeadCode = { readonly file: string } & Readonly<
  Record<string, readonly { readonly name: string; readonly line?: number }[]>
>

const DEAD: Readonly<Record<string, string>> = {
  files: 'nothing imports this file: delete it, or name it as an entry in knip.json',
  exports: 'nothing imports this: delete it, or the word export',
  dependencies: 'nothing imports this package: npm uninstall it',
  devDependencies: 'nothing uses this package: npm uninstall it',
  unlisted: 'imported, but no dependency of this package: npm install it there',
  unresolved: 'this import leads nowhere',
  duplicates: 'exported twice: keep one name',
}

export async function checkDeadCode(root: string): Promise<Finding[]> {
  const output = await runTool(root, 'knip/bin/knip.js', ['--no-progress', '--no-config-hints', '--reporter=json'])
  const { issues } = parseReport('knip', output) as { issues: readonly DeadCode[] } // its own format
  return issues.flatMap((issue) =>
    Object.entries(DEAD).flatMap(([kind, message]) =>
      (issue[kind] ?? []).flat().map(({ name, line }) => ({
        file: issue.file,
        ...(line !== undefined && { line }),
        rule: `dead/${kind}`,
        message: name === issue.file ? message : `${name}: ${message}`,
      })),
    ),
  )
}

/** Both streams, whatever the exit code says: a tool that finds something exits with 1. */
function runTool(root: string, script: string, args: readonly string[]): Promise<string> {
  const file = path.join(root, 'node_modules', script)
  const options = { cwd: root, maxBuffer: 64 * 1024 * 1024, env: { ...process.env, NO_COLOR: '1' } }
  return new Promise((resolve) => {
    execFile(process.execPath, [file, ...args], options, (_error, stdout, stderr) => resolve(stdout || stderr))
  })
}

function parseReport(tool: string, output: string): unknown {
  try {
    return JSON.parse(output)
  } catch (cause) {
    throw new Error(`${tool} did not run:\n${output}`, { cause })
  }
}
