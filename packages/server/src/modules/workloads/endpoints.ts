import type { Endpoint, HealthSpec, PortSpec, Runtime } from '../../ports/runtime.ts'
import { refOf, type Workload } from './workload.ts'

/** Ports of a workload and how its health is asked for: what it declares itself, else what its image says. */
export async function shapeOf(
  runtime: Runtime,
  { spec, imageKey }: Workload,
): Promise<{ ports: readonly PortSpec[]; health: HealthSpec | undefined }> {
  const image = imageKey === null ? undefined : await runtime.images.inspect({ ref: spec.image, key: imageKey })
  const health = spec.health ?? image?.health
  return {
    ports: spec.ports ?? image?.ports ?? [],
    health: health && {
      ...health,
      ...(health.path === undefined ? {} : { path: health.path.replace('{basePath}', spec.servicePath) }),
    },
  }
}

/**
 * Where its ports are now, by name; those that are nowhere are left out. `opened` are ports of programs that a person started in it: known
 * by their number alone.
 */
export async function endpointsOf(
  runtime: Runtime,
  workload: Workload,
  ports: readonly PortSpec[],
  opened: readonly { readonly portName: string; readonly port: number }[],
): Promise<Map<string, Endpoint>> {
  const endpoints = new Map<string, Endpoint>()
  for (const { portName, port } of opened) {
    if (ports.some(({ name }) => name === portName)) continue
    const endpoint = await runtime.instances.endpoint(refOf(workload), port)
    if (endpoint) endpoints.set(portName, endpoint)
  }
  for (const { name } of ports) {
    const endpoint = await runtime.instances.endpoint(refOf(workload), name)
    if (endpoint) endpoints.set(name, endpoint)
  }
  return endpoints
}
