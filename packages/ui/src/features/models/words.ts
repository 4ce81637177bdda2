import { models } from '../../text/en/models.ts'
import { pageText } from '../../text/t.ts'

export const words = pageText(models)
