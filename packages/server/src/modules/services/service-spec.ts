import type { NewWorkload, Workload, WorkloadSpec } from '../workloads/workloads.ts'
import type { DeployableModel } from './services.ts'

type Spec = NewWorkload['spec']

/** Code as a service: what `EXECUTE_CODE` says, the port it is written for, where it says that it is well. */
export interface WantedCode {
  readonly source: string
  readonly port: number
  readonly health?: string | null | undefined
}

export const MODEL_SERVER = 'mllab/model-server'
export const CODE_IMAGE = 'mllab/workspace'
export const MODEL_MOUNT = 'model'
const DATA_MOUNT = 'data'
const PORT = 'http'
const CODE_PROBES = { port: PORT, intervalMs: 2000, timeoutMs: 5000, startMs: 60_000 }

/** What every service has of its own, whatever it serves. */
export interface ServicePlace {
  readonly id: string
  readonly servicePath: string
  readonly memoryGb?: number | undefined
}

export function modelSpec(place: ServicePlace, model: DeployableModel): Spec {
  const { name, version, requirements, python } = model
  return {
    ...placed(place, { name: MODEL_MOUNT, path: '/model' }),
    image: MODEL_SERVER,
    env: { LAB_MODEL_PATH: `{volume:${MODEL_MOUNT}}` },
    ...(requirements.length > 0 ? { requirements } : {}),
    ...(python ? { python } : {}),
    about: { model: name, version },
  }
}

export function imageSpec(place: ServicePlace, image: string): Spec {
  return { ...dataPlace(place), image, about: {} }
}

/** Our image of workspaces runs it without its tools: the environment is the one it was written in. */
export function codeSpec(place: ServicePlace, image: string, code: WantedCode): Spec {
  return withCode({ ...dataPlace(place), image, about: {}, toldSteps: ['fetch', 'install'] }, code)
}

export function withCode(spec: Spec, { source, port, health }: WantedCode): Spec {
  return {
    ...spec,
    command: ['{python}', '{image}/execute_code.py', '--port', String(port)],
    ports: [{ name: PORT, port }],
    env: { ...spec.env, EXECUTE_CODE: source },
    health: health ? { ...CODE_PROBES, path: health } : CODE_PROBES,
    about: { ...spec.about, codePort: port },
  }
}

/** The code of a service that was made from some. */
export function codeOf({ env, about, health }: Pick<WorkloadSpec, 'env' | 'about' | 'health'>) {
  const { codePort } = about
  const source = env['EXECUTE_CODE']
  if (typeof codePort !== 'number' || source === undefined) return null
  return { source, port: codePort, health: health?.path ?? null }
}

export function memoryOf(memoryGb: number | null | undefined): Spec['resources'] {
  return memoryGb === undefined || memoryGb === null ? {} : { memoryBytes: Math.round(memoryGb * 2 ** 30) }
}

/** The volume of a service: its model, or its data. */
export function volumeOf({ spec }: Workload): string | undefined {
  return spec.mounts.find(({ name }) => name === spec.workingMount)?.volumeId
}

/** `/data` in a container, and `LAB_DATA` wherever it runs: what lies there stays over restarts and updates. */
function dataPlace(place: ServicePlace) {
  return { ...placed(place, { name: DATA_MOUNT, path: '/data' }), env: { LAB_DATA: `{volume:${DATA_MOUNT}}` } }
}

function placed({ id, servicePath, memoryGb }: ServicePlace, mount: { name: string; path: string }) {
  return {
    workingMount: mount.name,
    mounts: [{ ...mount, volumeId: id, readOnly: false }],
    resources: memoryOf(memoryGb),
    servicePath,
  }
}
