import type { z } from 'zod'

import { Me, Session, SetupFacts, Token, User } from './accounts.ts'
import { Person } from './common.ts'
import { Document, DocumentCollection } from './documents.ts'
import { LabEvent } from './events.ts'
import { Dataset, FileEntry, FileVersion, Upload } from './files.ts'
import { Model, ModelVersion } from './models.ts'
import { Operation } from './operations.ts'
import { Invitation, Member, Project } from './projects.ts'
import { Artifact, Curve, Experiment, LatestMetric, LoggedModel, Run, RunSummary } from './runs.ts'
import { Secret } from './secrets.ts'
import { Service } from './service.ts'
import { StartStep, WorkloadReason, WorkloadState } from './workloads.ts'
import { ProfileParameter, WorkspaceProfile } from './workspace-profiles.ts'
import { AdministeredWorkspace } from './workspace-administration.ts'
import { WorkspaceAllowance } from './workspace-rules.ts'
import { SharedWorkspace, WorkspaceShare } from './workspace-shares.ts'
import { WorkspaceSnapshot } from './workspace-snapshots.ts'
import { WorkspaceTool } from './workspace-tools.ts'
import { Workspace } from './workspace.ts'
import { WorkspaceImage } from './workspaces.ts'

/** What answers are made of, under the names that generated clients show. */
export const namedSchemas = {
  AdministeredWorkspace,
  Artifact,
  Curve,
  Dataset,
  Document,
  DocumentCollection,
  Experiment,
  FileEntry,
  FileVersion,
  Invitation,
  LabEvent,
  LatestMetric,
  LoggedModel,
  Me,
  Member,
  Model,
  ModelVersion,
  Operation,
  Person,
  ProfileParameter,
  Project,
  Run,
  RunSummary,
  Secret,
  Service,
  Session,
  SetupFacts,
  SharedWorkspace,
  StartStep,
  Token,
  Upload,
  User,
  WorkloadReason,
  WorkloadState,
  Workspace,
  WorkspaceAllowance,
  WorkspaceImage,
  WorkspaceProfile,
  WorkspaceShare,
  WorkspaceSnapshot,
  WorkspaceTool,
} as const satisfies Record<string, z.ZodType>
