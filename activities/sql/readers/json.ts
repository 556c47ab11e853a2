import { fileList, type Reader } from './reader.js';

export const readJson: Reader = async (database, { table, source }) => {
  const rows = `read_json(${fileList(source.files)}, format='auto', sample_size=-1, union_by_name=true, hive_partitioning=false)`;
  await database.run(`CREATE TABLE ${table} AS SELECT * FROM ${rows}`);
  return [];
};
