import { messageOf } from '@mllab/kernel'

import { s3TestEndpoint } from './s3.ts'
import { startVersitygw, type RunningGateway } from './versitygw.ts'

let running: RunningGateway | undefined

/** Once for the whole test run; the workers find the endpoint in their environment. */
export async function setup(): Promise<void> {
  if (s3TestEndpoint()) return
  try {
    running = await startVersitygw()
  } catch (error) {
    console.warn(`The tests on S3 are skipped: ${messageOf(error)}`)
    return
  }
  process.env.LAB_TEST_S3_ENDPOINT = running.endpoint
  process.env.LAB_TEST_S3_ACCESS_KEY = running.accessKey
  process.env.LAB_TEST_S3_SECRET_KEY = running.secretKey
}

export async function teardown(): Promise<void> {
  await running?.stop()
}
