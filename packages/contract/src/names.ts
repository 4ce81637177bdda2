/** First segments of paths on the main host that are ours. Nothing else may be routed below them. */
export const reservedSegments = [
  'app',
  'apps',
  'api',
  'ajax-api',
  'hub',
  'mlflow',
  'w',
  'c',
  'user',
  'services',
  '.lab',
  'healthz',
  'readyz',
  'metrics',
  'version',
  'health',
  'static',
  'assets',
] as const

/** Slugs no project may have, since they stand where a project's slug would: `/api/projects/{project}`, `/mlflow/{project}`. */
export const reservedProjectSlugs: readonly string[] = ['new', 'api', 'ajax-api', 'static-files', 'health', 'version']
