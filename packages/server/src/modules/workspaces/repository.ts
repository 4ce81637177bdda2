import { LabError, type SecretUse } from '@mllab/contract'
import { isPortError } from '@mllab/kernel'

import type { Operations } from '../../core/operations.ts'
import { ExpectationError, type Database } from '../../ports/database.ts'
import type { Workload, Workloads } from '../workloads/workloads.ts'
import type { WorkspaceRow, WorkspacesStore } from './workspaces.store.ts'

/** A repository that a workspace begins with. */
export interface Repository {
  readonly url: string
  readonly branch?: string | undefined
  /** Folder it is cloned into, below the workspace's. */
  readonly path: string
  readonly userName: string
  readonly email: string
  readonly secret?: { readonly name: string; readonly from: 'project' | 'user' } | undefined
}

export type Repositories = ReturnType<typeof createRepositories>

export const CLONE = 'workspace.clone'
const TOKEN_VARIABLE = 'LAB_GIT_TOKEN'
const TIMEOUT_MS = 30 * 60_000
const LAST_LINES = 6

/**
 * Arguments: address, branch or nothing, folder, name, e-mail, origin of the address. Cloned aside and renamed, so that half a repository is
 * never taken for one. What a person has set in his git configuration stays.
 */
const SCRIPT = `
url=$1 branch=$2 path=$3 name=$4 email=$5 origin=$6
command -v git >/dev/null || { echo "there is no git in this workspace"; exit 9; }
git config --global user.name >/dev/null || git config --global user.name "$name"
git config --global user.email >/dev/null || git config --global user.email "$email"
if [ -n "$LAB_GIT_TOKEN" ]; then
  git config --global "credential.$origin.helper" '!f() { [ "$1" = get ] && echo "password=$LAB_GIT_TOKEN"; }; f'
  git config --global "credential.$origin.username" "$(git config --global "credential.$origin.username" || echo oauth2)"
fi
[ -e "./$path" ] && { [ -d "./$path/.git" ] && exit 0; echo "$path is in the way"; exit 9; }
mkdir -p "$(dirname "./$path")" || exit 1
aside="$(dirname "./$path")/.lab-clone-$$"
trap 'rm -rf "$aside"' EXIT
if [ -n "$branch" ]; then set -- --branch "$branch"; else set --; fi
GIT_TERMINAL_PROMPT=0 git clone --quiet "$@" -- "$url" "$aside" && mv "$aside" "./$path"`

/** Repositories of workspaces: cloned once, where and as who the workspace runs. */
export function createRepositories({
  db,
  workloads,
  store,
  operations,
  changed,
}: {
  db: Database
  workloads: Workloads
  store: WorkspacesStore
  operations: Operations
  /** Tells those who look at it. */
  changed: (workload: Workload) => Promise<void>
}) {
  const finish = async (workload: Workload, status: 'done' | 'failed' | 'waiting', detail: string) => {
    await db.batch([store.changeStep(workload.id, { git_status: status, git_detail: detail })])
    await changed(workload)
  }

  operations.handle<{ workloadId: string }>(CLONE, async ({ input, signal, cancelled, step }) => {
    const workload = await workloads.byId(input.workloadId)
    const row = await store.get(input.workloadId)
    const repository = row && repositoryOf(row)
    if (!workload || !repository) return
    await step('clone', repository.url)
    let reason: string
    try {
      const { code, output } = await workloads.exec(
        workload,
        ['/bin/sh', '-c', SCRIPT, 'sh', ...argumentsOf(repository)],
        AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      )
      if (code === 0) return await finish(workload, 'done', '')
      reason = output.trim().split('\n').slice(-LAST_LINES).join('\n') || `git ended with code ${code}`
    } catch (error) {
      if (signal.aborted) {
        if (cancelled.aborted) await finish(workload, 'failed', 'It was cancelled.')
        throw error
      }
      // It stopped meanwhile: the next start tries again.
      if (isPortError(error, 'UNAVAILABLE') || isPortError(error, 'NOT_FOUND'))
        return await finish(workload, 'waiting', 'The workspace stopped.')
      reason =
        error instanceof Error && error.name === 'TimeoutError'
          ? 'It took longer than half an hour.'
          : 'It could not be run.'
    }
    await finish(workload, 'failed', reason)
    throw new LabError('CLONE_FAILED', { url: repository.url, reason })
  })

  return {
    /** Begins to clone, unless that is done, under way or not wanted. */
    begin: async (workload: Workload, row: WorkspaceRow): Promise<boolean> => {
      if (row.git_status !== 'waiting' && row.git_status !== 'cloning') return false
      const subject = { kind: 'workspace', id: workload.id }
      if (await operations.underWay(CLONE, subject)) return false
      const declared = operations.declare({
        kind: CLONE,
        projectId: workload.projectId,
        subject,
        actorId: workload.ownerId,
        steps: ['clone'],
        input: { workloadId: workload.id },
      })
      try {
        await db.batch([
          store.changeStep(workload.id, { git_status: 'cloning', git_detail: '' }),
          operations.noneStep(CLONE, subject),
          declared.step,
        ])
      } catch (error) {
        // Somebody else began a moment ago.
        if (error instanceof ExpectationError && error.step === 'under way') return false
        throw error
      }
      operations.wake(declared.id)
      return true
    },
  }
}

export function repositoryOf({ git }: WorkspaceRow): Repository | undefined {
  return git === null ? undefined : (JSON.parse(git) as Repository) // written when the workspace was made
}

/** The secret of a repository as the workspace gets it. */
export function secretOf(repository: Repository | undefined): SecretUse[] {
  return repository?.secret ? [{ ...repository.secret, env: TOKEN_VARIABLE }] : []
}

/** `https://host/team/tools.git` → `tools` */
export function folderOf(url: string): string {
  const last = new URL(url).pathname.split('/').findLast((part) => part !== '') ?? ''
  return (
    decodeURIComponent(last)
      .replace(/\.git$/, '')
      .replace(/[^\w.-]/g, '-')
      .replace(/^[.-]+/, '') || 'repository'
  )
}

function argumentsOf({ url, branch = '', path, userName, email }: Repository): string[] {
  return [url, branch, path, userName, email, new URL(url).origin]
}
