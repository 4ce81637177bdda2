export interface S3TestEndpoint {
  readonly endpoint: string
  readonly credentials: { readonly accessKey: string; readonly secretKey: string }
}

/**
 * The S3 endpoint of this test run, started by `s3.global.ts`; or the one that `LAB_TEST_S3_ENDPOINT`, `LAB_TEST_S3_ACCESS_KEY` and
 * `LAB_TEST_S3_SECRET_KEY` named before, so that the suites can be pointed at any other store. Undefined where none could be started: the
 * run has said why, and suites that need it are skipped.
 */
export function s3TestEndpoint(): S3TestEndpoint | undefined {
  const {
    LAB_TEST_S3_ENDPOINT: endpoint,
    LAB_TEST_S3_ACCESS_KEY: accessKey,
    LAB_TEST_S3_SECRET_KEY: secretKey,
  } = process.env
  if (!endpoint || !accessKey || !secretKey) return undefined
  return { endpoint, credentials: { accessKey, secretKey } }
}
