import { describeServer } from '../setup-facts.ts'
import { version } from '../version.ts'
import type { EdgesOptions } from '../edges/mount.ts'
import type { AnyRoute } from '../modules/access/access.ts'
import { accountsRoutes } from '../modules/accounts/accounts.routes.ts'
import { activityRoutes } from '../modules/activity/activity.routes.ts'
import { documentsRoutes } from '../modules/documents/documents.routes.ts'
import { filesRoutes } from '../modules/files/files.routes.ts'
import { homeRoutes } from '../modules/home/home.routes.ts'
import { projectsRoutes } from '../modules/projects/projects.routes.ts'
import { secretsRoutes } from '../modules/secrets/secrets.routes.ts'
import { servicesRoutes } from '../modules/services/services.routes.ts'
import { modelsRoutes, runsRoutes } from '../modules/tracking/tracking.ts'
import { workspacesRoutes } from '../modules/workspaces/workspaces.routes.ts'
import { landingPage, mlflowLanding, mlflowWire } from '../wire/mlflow/mlflow.ts'
import type { Foundations } from './foundations.ts'
import type { Modules } from './modules.ts'

/** The API: what every module answers. */
export function apiRoutes(
  { config, runtime }: Foundations,
  modules: Modules,
  { publicOrigin }: { readonly publicOrigin: string },
): readonly AnyRoute[] {
  const { accounts, tokens, removal, projects, invitations, access, tracking } = modules
  return [
    ...accountsRoutes({
      accounts,
      tokens,
      removal,
      setupFacts: async () => ({
        needed: await accounts.needsSetup(),
        registration: config.registrationOpen,
        version,
        facts: describeServer(config, publicOrigin, runtime),
      }),
      projectFor: projects.resolve,
    }),
    ...projectsRoutes({
      projects,
      invitations,
      access,
      invitationUrl: (secret) => `${publicOrigin}${config.basePath}/app/join#${secret}`,
    }),
    ...activityRoutes(modules.activity),
    ...filesRoutes(modules.files),
    ...runsRoutes(tracking),
    ...modelsRoutes(tracking),
    ...workspacesRoutes(modules.workspaces),
    ...servicesRoutes(modules.services),
    ...secretsRoutes(modules.named),
    ...documentsRoutes(modules.documents),
    ...homeRoutes(modules.home),
  ]
}

/** Protocols of other systems, and the page at the root. */
export function wires({ config, log }: Foundations, { projects, tracking }: Modules): EdgesOptions['plugins'] {
  return (tools) => {
    const callers = { ...tools, resolveProject: projects.resolve, slugOf: projects.slugOf }
    return [
      mlflowWire({ ...callers, tracking, log, basePath: config.basePath }),
      mlflowLanding({ ...callers, tracking, basePath: config.basePath }),
      (app) => void app.get('/', (_, reply) => landingPage(config.basePath, reply)),
    ]
  }
}
