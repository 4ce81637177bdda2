import { createLazyRoute } from '@tanstack/react-router'
import { ExperimentPage } from './ExperimentPage.tsx'

export const route = createLazyRoute('/signed-in/p/$project/experiments/$number')({ component: ExperimentPage })
