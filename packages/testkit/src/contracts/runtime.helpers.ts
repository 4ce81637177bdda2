import { delay, newId } from '@mllab/kernel'
import type {
  InstanceRef,
  InstanceSpec,
  LogQuery,
  ObservedInstance,
  ResolvedImage,
  Runtime,
} from '@mllab/server/ports/runtime'

export interface RuntimeUnderTest {
  runtime: Runtime
  /** An image with a POSIX shell and the usual small tools. */
  readonly image: ResolvedImage
  /** Closes the runtime as a server that stops does, and opens it again over the same state. */
  reopen(): Promise<void>
}

/** Instances of one test: specifications with an id of their own, and what waits for them. */
export function createProbe(test: RuntimeUnderTest) {
  const started: InstanceRef[] = []
  const instances = () => test.runtime.instances

  const spec = (script: string, rest: Partial<InstanceSpec> = {}): InstanceSpec => {
    const made = {
      workloadId: newId(),
      replica: 0,
      generation: 1,
      name: 'project/jobs/probe',
      projectId: newId(),
      tenant: 'project',
      image: test.image,
      command: ['/bin/sh', '-c', script],
      env: {},
      secretEnv: {},
      ports: [],
      mounts: [],
      resources: {},
      graceSeconds: 2,
      ...rest,
    }
    started.push(made)
    return made
  }
  const find = async (ref: InstanceRef) =>
    (await instances().list()).find(
      ({ workloadId, replica }) => workloadId === ref.workloadId && replica === ref.replica,
    )

  return {
    spec,
    find,
    start: async (script: string, rest: Partial<InstanceSpec> = {}) => {
      const made = spec(script, rest)
      await instances().apply(made)
      return made
    },
    /** Waits for the end and returns how it was. */
    ended: async (ref: InstanceRef) => {
      const instance = await until(async () => {
        const now = await find(ref)
        return now?.phase === 'exited' ? now : undefined
      })
      return instance.exit ?? failing('an exited instance without an exit')
    },
    /** Waits until the log has this text. */
    logged: (ref: InstanceRef, text: string) =>
      until(async () => ((await readLog(test.runtime, ref)).includes(text) ? true : undefined)),
    log: (ref: InstanceRef, query: Partial<LogQuery> = {}) => readLog(test.runtime, ref, query),
    cleanUp: async () => {
      for (const ref of started) await instances().remove(ref)
    },
  }
}

export type Probe = ReturnType<typeof createProbe>

export async function readLog(runtime: Runtime, ref: InstanceRef, query: Partial<LogQuery> = {}): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const { bytes } of runtime.instances.logs(ref, { from: 0, follow: false, ...query })) chunks.push(bytes)
  return Buffer.concat(chunks).toString('utf8')
}

/** Asks again until there is an answer; fails after 15 s. */
export async function until<T>(ask: () => Promise<T | undefined> | T | undefined, deadlineMs = 15_000): Promise<T> {
  const deadline = performance.now() + deadlineMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() > deadline) throw new Error('this did not happen in time')
    await delay(10)
  }
}

export function phases(instances: readonly ObservedInstance[], refs: readonly InstanceRef[]): (string | undefined)[] {
  return refs.map((ref) => instances.find(({ workloadId }) => workloadId === ref.workloadId)?.phase)
}

export function failing(message: string): never {
  throw new Error(message)
}
