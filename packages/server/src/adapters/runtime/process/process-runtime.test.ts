import { runtimeContract } from '@mllab/testkit/contracts/runtime.contract'
import { afterAll } from 'vitest'

import { removeFolders, shellRuntime } from './testing/fixtures.ts'

afterAll(removeFolders)

runtimeContract('processes', () => shellRuntime())
runtimeContract('processes without cgroups', () => shellRuntime(undefined, { cgroups: false }))
