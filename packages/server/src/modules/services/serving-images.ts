import { LabError } from '@mllab/contract'

import type { Runtime } from '../../ports/runtime.ts'

/** Images that can be a service. */
export function createServingImages(runtime: Runtime) {
  const requirePorts = async (ref: string) => {
    const known = (await runtime.images.list()).find((image) => image.ref === ref)
    const fields = (message: string) => ({ fields: [{ field: 'body.image', message }] })
    if (!known) throw new LabError('IMAGE_UNKNOWN', { image: ref }, fields('is not known here'))
    if (known.ports.length === 0) throw new LabError('IMAGE_WITHOUT_PORT', { image: ref }, fields('serves nothing'))
    return known.ports
  }

  return {
    /** What an image declares is routed, and nothing else. Throws `IMAGE_UNKNOWN`, `IMAGE_WITHOUT_PORT`. */
    requirePorts,
    list: async () =>
      (await runtime.images.list())
        .filter(({ ports }) => ports.length > 0)
        .map(({ ref, title, ready, ports, env }) => ({
          ref,
          title,
          ready,
          ports: ports.map(({ port }) => port),
          variables: offered(env),
        })),
  }
}

export type ServingImages = ReturnType<typeof createServingImages>

/** Variables of the image that its author meant to be set: internal ones begin with an underscore, or follow from where it runs. */
function offered(env: Readonly<Record<string, string>>): Record<string, string> {
  const meant = ([name, value]: [string, string]) => !name.startsWith('_') && !/\{[a-zA-Z]+(:[^}]*)?\}/.test(value)
  return Object.fromEntries(Object.entries(env).filter(meant))
}
