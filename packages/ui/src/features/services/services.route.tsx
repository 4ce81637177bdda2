import { createLazyRoute } from '@tanstack/react-router'
import { ServicesPage } from './ServicesPage.tsx'

export const route = createLazyRoute('/signed-in/p/$project/services')({ component: ServicesPage })
