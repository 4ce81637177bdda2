import { createLazyRoute } from '@tanstack/react-router'
import { ExperimentsPage } from './ExperimentsPage.tsx'

export const route = createLazyRoute('/signed-in/p/$project/experiments')({ component: ExperimentsPage })
