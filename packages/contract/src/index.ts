import { accounts } from './accounts.ts'
import { apps } from './apps.ts'
import { documents } from './documents.ts'
import { events } from './events.ts'
import { files } from './files.ts'
import { home } from './home.ts'
import { models } from './models.ts'
import { operations } from './operations.ts'
import { personal } from './personal.ts'
import { projects } from './projects.ts'
import { runs } from './runs.ts'
import { secrets } from './secrets.ts'
import { services } from './services.ts'
import { workspaceAdministration } from './workspace-administration.ts'
import { workspaceProfiles } from './workspace-profiles.ts'
import { workspaceRules } from './workspace-rules.ts'
import { workspaceShares } from './workspace-shares.ts'
import { workspaceSnapshots } from './workspace-snapshots.ts'
import { workspaceTools } from './workspace-tools.ts'
import { workspaces } from './workspaces.ts'

/** Everything the API is. Server routes, permissions, OpenAPI and the client come from here. */
export const contract = {
  accounts,
  projects,
  files,
  runs,
  models,
  workspaces,
  workspaceProfiles,
  workspaceShares,
  workspaceSnapshots,
  workspaceTools,
  workspaceAdministration,
  workspaceRules,
  personal,
  services,
  secrets,
  documents,
  home,
  operations,
  events,
  apps,
}
export type Contract = typeof contract

export type * from './endpoint.ts'
export { endpoint } from './endpoint.ts'
export * from './errors.ts'
export * from './names.ts'
export * from './permissions.ts'
export * from './common.ts'
export { Invitation, Member, Project } from './projects.ts'
export { Me, Session, SetupFacts, Token, User, Username } from './accounts.ts'
export { Dataset, DatasetName, FileEntry, FilePath, FileVersion, Sha256, Upload } from './files.ts'
export {
  Artifact,
  Curve,
  Experiment,
  LatestMetric,
  LoggedModel,
  MetricNumber,
  Run,
  RunId,
  runStatuses,
  RunSummary,
} from './runs.ts'
export { Model, ModelName, ModelVersion } from './models.ts'
export {
  StartStep,
  UsageHistory,
  UsageNow,
  WorkloadReason,
  WorkloadState,
  workloadStatuses,
  WorkloadStatus,
} from './workloads.ts'
export { EnvName, SecretUse } from './workloads.ts'
export { Workspace, WorkspacePort } from './workspace.ts'
export { Hardware } from './workspace-usage.ts'
export { WorkspaceImage } from './workspaces.ts'
export { WorkspaceAllowance, WorkspaceRules } from './workspace-rules.ts'
export { Secret, SecretName } from './secrets.ts'
export { SharedWorkspace, WorkspaceShare } from './workspace-shares.ts'
export { WorkspaceSnapshot } from './workspace-snapshots.ts'
export { WorkspaceTool } from './workspace-tools.ts'
export { AdministeredWorkspace } from './workspace-administration.ts'
export {
  LifeRules,
  ParameterValues,
  ProfileParameter,
  WorkspaceProfile,
  type ProfileBody,
} from './workspace-profiles.ts'
export { Document, DocumentCollection, DocumentFilter } from './documents.ts'
export { Service } from './service.ts'
export { CODE_PORT } from './service-code.ts'
export { AppLink, AppsWall } from './apps.ts'
export { Operation, OperationStep } from './operations.ts'
export { LabEvent, LiveFromClient, LiveFromServer } from './events.ts'
export { openApi } from './openapi.ts'
