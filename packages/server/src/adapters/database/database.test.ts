import { databaseContract } from '@mllab/testkit/contracts/database.contract'
import { describeDatabases } from '@mllab/testkit/database'

describeDatabases('Database', databaseContract)
