import { type AnyRoute, createRoute } from '@tanstack/react-router'

/** Experiments, runs, models, workspaces and services of a project: one chunk each. */
export function workRoutes(project: AnyRoute): AnyRoute[] {
  const parent = { getParentRoute: () => project }
  return [
    createRoute({ ...parent, path: 'experiments' }).lazy(() =>
      import('../features/experiments/experiments.route.tsx').then((page) => page.route),
    ),
    createRoute({ ...parent, path: 'experiments/$number' }).lazy(() =>
      import('../features/experiments/experiment.route.tsx').then((page) => page.route),
    ),
    createRoute({ ...parent, path: 'experiments/$number/runs/$run' }).lazy(() =>
      import('../features/run/run.route.tsx').then((page) => page.route),
    ),
    createRoute({ ...parent, path: 'models' }).lazy(() =>
      import('../features/models/models.route.tsx').then((page) => page.route),
    ),
    createRoute({ ...parent, path: 'models/$model' }).lazy(() =>
      import('../features/models/model.route.tsx').then((page) => page.route),
    ),
    createRoute({ ...parent, path: 'services' }).lazy(() =>
      import('../features/services/services.route.tsx').then((page) => page.route),
    ),
    createRoute({ ...parent, path: 'services/$service' }).lazy(() =>
      import('../features/services/service.route.tsx').then((page) => page.route),
    ),
    createRoute({ ...parent, path: 'workspaces' }).lazy(() =>
      import('../features/workspaces/workspaces.route.tsx').then((page) => page.route),
    ),
    createRoute({ ...parent, path: 'workspaces/$workspace' }).lazy(() =>
      import('../features/workspaces/workspace.route.tsx').then((page) => page.route),
    ),
  ]
}
