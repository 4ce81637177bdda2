import { core } from './0001_core.ts'
import { access } from './0002_access.ts'
import { files } from './0003_files.ts'
import { tracking } from './0004_tracking.ts'
import { workloads } from './0005_workloads.ts'
import { frozenModels } from './0006_frozen_models.ts'
import { secrets } from './0007_secrets.ts'
import { appLinks } from './0008_app_links.ts'
import { documents } from './0009_documents.ts'
import { workspaces } from './0010_workspaces.ts'
import { workspaceShares } from './0011_workspace_shares.ts'
import { workspaceSnapshots } from './0012_workspace_snapshots.ts'
import { workloadChanges } from './0013_workload_changes.ts'
import { workloadOwners } from './0014_workload_owners.ts'
import type { Migration } from './migration.ts'

/** In the order they are applied. Add at the end; never change one that was released. */
export const migrations: readonly Migration[] = [
  core,
  access,
  files,
  tracking,
  workloads,
  frozenModels,
  secrets,
  appLinks,
  documents,
  workspaces,
  workspaceShares,
  workspaceSnapshots,
  workloadChanges,
  workloadOwners,
]
