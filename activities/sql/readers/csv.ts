import { fileList, type Reader } from './reader.js';

export const readCsv: Reader = async (database, { table, source }) => {
  const rows = `read_csv(${fileList(source.files)}, header=true, sample_size=-1, union_by_name=true, hive_partitioning=false)`;
  await database.run(`CREATE TABLE ${table} AS SELECT * FROM ${rows}`);
  return [];
};
