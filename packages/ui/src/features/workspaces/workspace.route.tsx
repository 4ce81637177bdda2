import { createLazyRoute } from '@tanstack/react-router'
import { WorkspacePage } from './WorkspacePage.tsx'

export const route = createLazyRoute('/signed-in/p/$project/workspaces/$workspace')({ component: WorkspacePage })
