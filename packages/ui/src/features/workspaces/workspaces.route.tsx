import { createLazyRoute } from '@tanstack/react-router'
import { WorkspacesPage } from './WorkspacesPage.tsx'

export const route = createLazyRoute('/signed-in/p/$project/workspaces')({ component: WorkspacesPage })
