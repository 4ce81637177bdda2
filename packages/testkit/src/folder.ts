/** The folder of this test run, made and removed by `postgres.global.ts`. */
export function testFolder(): string {
  const folder = process.env.LAB_TEST_FOLDER
  if (folder === undefined)
    throw new Error(
      'LAB_TEST_FOLDER is not set: vitest.config.ts has to name packages/testkit/src/postgres.global.ts as globalSetup',
    )
  return folder
}
