import { services } from '../../text/en/services.ts'
import { pageText } from '../../text/t.ts'

export const words = pageText(services)
