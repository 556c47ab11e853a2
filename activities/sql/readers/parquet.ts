import { fileList, type Reader } from './reader.js';

export const readParquet: Reader = async (database, { table, source }) => {
  const rows = `read_parquet(${fileList(source.files)}, union_by_name=true, hive_partitioning=false)`;
  await database.run(`CREATE TABLE ${table} AS SELECT * FROM ${rows}`);
  return [];
};
