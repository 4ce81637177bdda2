import type { Log } from '@mllab/kernel'

import type { Workload, Workloads } from '../workloads/workloads.ts'
import { folderVariable } from './dataset-mounts.ts'

const TIMEOUT_MS = 30_000

/**
 * Arguments are pairs: the variable that names a folder, and the path where it is to be found. What a person has put at the path stays. A
 * runtime that mounts folders where they belong has made the path already. Links of a start before, whose datasets it may not have any
 * more, are known from a list and go first.
 */
const LINK = `
list=.lab/dataset-links
if [ -f "$list" ] && [ ! -L "$list" ]; then
  while IFS= read -r path; do [ ! -L "./$path" ] || rm -f "./$path"; done <"$list"
fi
rm -f "$list"
while [ $# -gt 1 ]; do
  folder=$(printenv "$1"); path=$2; shift 2
  [ -n "$folder" ] || continue
  mkdir -p "$(dirname "./$path")" || continue
  if [ -L "./$path" ] || [ ! -e "./$path" ]; then
    ln -sfn "$folder" "./$path" && mkdir -p .lab && echo "$path" >>"$list"
  elif [ ! "$folder" -ef "./$path" ]; then echo "$path is in the way of a dataset"; fi
done`

/** Makes the datasets of a workspace that runs appear at their paths. */
export async function linkDatasets(workloads: Workloads, workload: Workload, log: Log): Promise<void> {
  const { datasets = [] } = workload.spec
  // Only one that was started before has any to take away.
  if (datasets.length === 0 && workload.generation === 1) return
  const pairs = datasets.flatMap(({ path }, index) => [folderVariable(index), path])
  const { output } = await workloads.exec(
    workload,
    ['/bin/sh', '-c', LINK, 'sh', ...pairs],
    AbortSignal.timeout(TIMEOUT_MS),
  )
  if (output !== '') log.info('datasets of a workspace', { workload: workload.id, detail: output.slice(0, 500) })
}
