import { createLazyRoute } from '@tanstack/react-router'
import { RunPage } from './RunPage.tsx'

export const route = createLazyRoute('/signed-in/p/$project/experiments/$number/runs/$run')({ component: RunPage })
