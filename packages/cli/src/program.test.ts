import { contract } from '@mllab/sdk'
import { describe, expect, it } from 'vitest'

import { commandSpecs, groups, kebab } from './commands/specs.ts'
import { runHere } from './testing/run-command.ts'

const specs = commandSpecs()
const help = async (...args: string[]) => (await runHere([...args, '--help'], { home: 'none' })).out

describe('commands of the API', () => {
  it('are those of the contract, each with its help', async () => {
    const endpoints = Object.entries(contract).flatMap(([group, each]) => Object.keys(each).map((key) => [group, key]))
    expect(specs.map(({ group, key }) => [group, key])).toEqual(endpoints)
    for (const { group, name, endpoint } of specs) {
      const text = (await help(kebab(group), name)).replace(/\s+/g, ' ')
      expect(text).toContain(`Usage: mllab ${kebab(group)} ${name} `)
      expect(text).toContain(endpoint.summary)
    }
  })

  it('have a flag for each parameter and field, and no two of a name', async () => {
    const global = ['url', 'token', 'output', 'help', 'all']
    for (const { group, name, flags, endpoint } of specs) {
      const own = [
        ...(endpoint.body === 'bytes' ? ['from'] : endpoint.body ? ['json'] : []),
        ...(endpoint.success.body === 'bytes' ? ['to'] : []),
      ]
      const names = [...flags.map((flag) => flag.name), ...global, ...own]
      expect([group, name, names.length]).toEqual([group, name, new Set(names).size])
    }
    const text = await help('runs', 'list')
    for (const flag of ['--project <slug>', '--status <choice>', '--limit <number>', '--deleted', '--all'])
      expect(text).toContain(flag)
    expect(text).toMatch(/--sort <text> .*default -started/s)
  })
})

describe('help', () => {
  it('names every group, the everyday commands and those of the server', async () => {
    const text = await help()
    for (const name of [...groups, 'login', 'logout', 'use', 'upload', 'download', 'logs', 'open', 'up', 'config'])
      expect(text).toMatch(new RegExp(`^ {2}${name}\\b`, 'm'))
  })

  it('is shown for a group that was named alone, and the call counts as wrong', async () => {
    const { code, err } = await runHere(['models'], { home: 'none' })
    expect([code, err]).toEqual([2, expect.stringContaining('register [options]')])
  })
})
