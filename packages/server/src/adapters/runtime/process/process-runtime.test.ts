import { runtimeContract } from '@mllab/testkit/contracts/runtime.contract'
import { afterAll } from 'vitest'

import { removeFolders, shellRuntime, testBwrap } from './testing/fixtures.ts'

afterAll(removeFolders)

const bwrapPath = testBwrap()

runtimeContract('processes', () => shellRuntime())
runtimeContract('processes without cgroups', () => shellRuntime(undefined, { cgroups: false }))
if (process.getuid?.() === 0)
  runtimeContract('processes of users of their own', () => shellRuntime(undefined, { isolation: 'users' }))
if (bwrapPath !== undefined)
  runtimeContract('processes in namespaces', () => shellRuntime(undefined, { isolation: 'namespaces', bwrapPath }))
