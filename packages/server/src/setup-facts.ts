import os from 'node:os'

import type { SetupFacts } from '@mllab/contract'
import type { z } from 'zod'

import type { Config } from './config.ts'
import type { Runtime } from './ports/runtime.ts'

type Facts = z.infer<typeof SetupFacts>['facts']

/** What the server found out about itself, for the page of the first start. */
export function describeServer(config: Config, publicOrigin: string, runtime: Runtime): Facts {
  const memoryGb = Math.round(os.totalmem() / 2 ** 30)
  return [
    {
      kind: 'address',
      level: 'ok',
      title: `${publicOrigin}${config.basePath}`,
      detail: 'The one address: pages, API, MLflow',
    },
    {
      kind: 'runtime',
      level: 'ok',
      title: 'Runs processes on this machine',
      detail: `${os.availableParallelism()} cores, ${memoryGb} GB memory`,
    },
    {
      kind: 'storage',
      level: 'ok',
      title: `Keeps everything in ${shortened(config.dataRoot)}`,
      detail: `${config.postgresUri ? 'PostgreSQL' : 'SQLite'} and ${config.s3Endpoint ? 'S3-compatible storage' : 'files'}`,
    },
    runtime.capabilities.isolation === 'none'
      ? {
          kind: 'isolation',
          level: 'warning',
          title: 'No wall between users',
          detail: runtime.capabilities.isolationDetail,
        }
      : {
          kind: 'isolation',
          level: 'ok',
          title: 'Users are walled off',
          detail: runtime.capabilities.isolationDetail,
        },
  ]
}

function shortened(folder: string): string {
  const home = os.homedir()
  return folder.startsWith(`${home}/`) ? `~${folder.slice(home.length)}` : folder
}
