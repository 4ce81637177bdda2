import { createLazyRoute } from '@tanstack/react-router'
import { ServicePage } from './ServicePage.tsx'

export const route = createLazyRoute('/signed-in/p/$project/services/$service')({ component: ServicePage })
