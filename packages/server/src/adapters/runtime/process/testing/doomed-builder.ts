import { pythonRuntime } from './fixtures.ts'

/** A server that builds the environment of `mllab/tiny`, says when it warms up, and waits to be killed. */
const [imagesRoot, cacheRoot] = process.argv.slice(2)
if (!imagesRoot || !cacheRoot) throw new Error('a folder of images and a cache are needed')
const runtime = await pythonRuntime(imagesRoot, { cacheRoot, cgroups: false, root: `${cacheRoot}/server` })
await runtime.images.ensure(
  { ref: 'mllab/tiny' },
  {
    onProgress: ({ step }) => {
      if (step === 'Preparing for fast starts') process.stdout.write('warming\n')
    },
    signal: AbortSignal.timeout(60_000),
  },
)
