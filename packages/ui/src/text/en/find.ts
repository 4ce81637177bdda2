/** Words of what the palette finds in a project. */
export const find = {
  'kind.service': 'Service',
  'kind.workspace': 'Workspace',
  'kind.model': 'Model',
  'kind.experiment': 'Experiment',
  'kind.run': 'Run of {experiment}',
} as const
