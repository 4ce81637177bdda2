import { secrets } from '../../text/en/secrets.ts'
import { pageText } from '../../text/t.ts'

export const words = pageText(secrets)
