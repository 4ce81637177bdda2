import os from 'node:os'
import path from 'node:path'

import { folder, integer, optional, text, uri } from './parsers.ts'
import { setting } from './setting.ts'

/** Where everything is kept, and how much of it. */
export const storage = {
  dataRoot: setting({
    name: 'LAB_DATA_ROOT',
    byDefault: path.join(os.homedir(), 'mllab'),
    meaning: 'Folder that holds everything: database, files, environments, workspaces.',
    parse: folder,
  }),
  freeSpaceMb: setting({
    name: 'LAB_FREE_SPACE_MB',
    byDefault: '256',
    meaning:
      'With less free than this on the disk of the data folder, uploads and metrics are refused, so that deleting goes on working. Workloads that write are ended before, at twice as much or 2 % of the disk.',
    parse: integer(0, 1_000_000),
  }),
  postgresUri: setting({
    name: 'POSTGRES_CONNECTION_URI',
    byDefault: '',
    secret: true,
    meaning: 'PostgreSQL 15 or newer: postgres://user:password@host/database. Embedded SQLite if empty.',
    parse: uri('postgres:', 'postgresql:'),
  }),
  s3Endpoint: setting({
    name: 'S3_ENDPOINT',
    byDefault: '',
    meaning: 'S3-compatible object storage. Files below the data root if empty.',
    parse: uri('http:', 'https:'),
  }),
  s3AccessKey: setting({
    name: 'S3_ACCESS_KEY',
    byDefault: '',
    meaning: 'Access key of the object storage.',
    parse: optional,
  }),
  s3SecretKey: setting({
    name: 'S3_SECRET_KEY',
    byDefault: '',
    secret: true,
    meaning: 'Secret key of the object storage.',
    parse: optional,
  }),
  s3Bucket: setting({
    name: 'S3_BUCKET',
    byDefault: 'mllab',
    meaning: 'Bucket of the object storage; made if it does not exist.',
    parse: text,
  }),
  s3Region: setting({
    name: 'S3_REGION',
    byDefault: 'us-east-1',
    meaning: 'Region of the object storage.',
    parse: text,
  }),
  keepDeletedDays: setting({
    name: 'LAB_KEEP_DELETED_DAYS',
    byDefault: '30',
    meaning:
      'Deleted datasets, runs, experiments and models can be restored for so long; after that they go for good, and a day later their bytes.',
    parse: integer(0, 3650),
  }),
  documentQuotaMb: setting({
    name: 'LAB_DOCUMENT_QUOTA_MB',
    byDefault: '256',
    meaning: 'How many megabytes of JSON documents a project may store.',
    parse: integer(1, 1_000_000),
  }),
} as const
