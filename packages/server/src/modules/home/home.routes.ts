import { contract } from '@mllab/contract'

import { route, type AnyRoute } from '../access/access.ts'
import type { Home } from './home.ts'

export function homeRoutes(home: Home): AnyRoute[] {
  return [route(contract.home.overview, ({ actor, project }) => home.overview(actor, project))]
}
