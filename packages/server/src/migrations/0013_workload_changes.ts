import type { Migration } from './migration.ts'

/**
 * What a workload becomes at its next start, beside what it is since its last one. The profile a workspace is made of changes with the
 * rest of its specification, so it is a part of that now.
 */
export const workloadChanges: Migration = {
  name: '0013_workload_changes',
  statements: ({ text, int }) => [
    `alter table workload add column revision ${int} not null default 0`,
    `alter table workload add column next ${text}`,
    `update workload set spec = replace(spec, '"about":{}', '"about":{},"profile":' ||
      (select profile from workspace where workspace.workload_id = workload.id))
      where id in (select workload_id from workspace where profile is not null)`,
    `alter table workspace drop column profile`,
  ],
}
