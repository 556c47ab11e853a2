/** A column or table name in SQL: doubling the quote makes any name inert. */
export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A text value in SQL. */
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** An `Instant` of the contract as a timestamp in SQL; the contract's instants are UTC. */
export const quoteInstant = (instant: string): string =>
  `CAST(${quoteText(instant.replace('T', ' ').replace('Z', ''))} AS TIMESTAMP)`;
