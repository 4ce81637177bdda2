import { describe, expect, it } from 'vitest'

import { loadConfig } from '../config.ts'

describe('settings of workspaces', () => {
  const variables = (given: string) => loadConfig({ LAB_WORKSPACE_ENV: given }).workspaceEnv

  it('take variables as pairs or as an object [WSP-13]', () => {
    expect(variables('')).toEqual({})
    expect(variables('FOO=BAR, HF_HOME = /tmp/a=b')).toEqual({ FOO: 'BAR', HF_HOME: '/tmp/a=b' })
    expect(variables('{"FOO":"a, b"}')).toEqual({ FOO: 'a, b' })
  })

  it.each([
    ['LAB_WORKSPACE_ENV', 'FOO', 'must be NAME=value'],
    ['LAB_WORKSPACE_ENV', '1A=x', 'must not name a variable "1A"'],
    ['LAB_WORKSPACE_ENV', 'LAB_PROJECT=x', 'must not set LAB_PROJECT'],
    ['LAB_WORKSPACE_ENV', '{"A":1}', 'must give A a text'],
    ['LAB_WORKSPACE_ENV', '{"A"', 'must be a JSON object'],
    ['LAB_WORKSPACE_CPUS', 'two', 'must be a number from 0.1 to 1024'],
    ['LAB_WORKSPACE_CPUS', '9', 'is more than SERVICES_CPU_LIMIT allows (8)'],
    ['LAB_WORKSPACE_MEMORY_GB', '200', 'is more than SERVICES_MEMORY_LIMIT allows (100)'],
    ['LAB_WORKSPACE_STORAGE_GB', '101', 'is more than SERVICES_STORAGE_LIMIT allows (100)'],
    ['LAB_WORKSPACE_MEMBERS', 'all', 'must be one of named, default, none'],
  ])('refuse %s=%s with what to do [WSP-13, WSP-47]', (name, value, sentence) => {
    expect(() => loadConfig({ [name]: value })).toThrow(
      new RegExp(`${name}.*${sentence.replace(/[()]/g, String.raw`\$&`)}`),
    )
  })
})
