import { createProbe } from '@mllab/testkit/contracts/runtime.helpers'

import { shellRuntime } from './fixtures.ts'

/** A server that starts one instance below the given folder, says so, and waits to be killed. */
const [root, workloadId, script] = process.argv.slice(2)
if (!root || !workloadId || script === undefined) throw new Error('root, workload and script are needed')
const test = await shellRuntime(root)
const spec = createProbe(test).spec(script, { workloadId })
await test.runtime.instances.apply(spec)
process.stdout.write(`${JSON.stringify({ image: test.image })}\n`)
setInterval(() => undefined, 60_000)
