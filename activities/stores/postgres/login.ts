import { Client, type ClientBase } from 'pg';
import { errorCode, failure } from '../../../schemas/index.js';
import { type LedgerRole, rolesOf, setPrivilege, writingRoles } from './roles.js';

export interface LedgerLogin {
  readonly user: string;
  /** what of the ledger belongs to the user, or to a role that he may take: the database, the schema, a table */
  readonly owns: readonly string[];
  readonly isSuperuser: boolean;
  /** roles of Postgres' own that he has and may write by */
  readonly writesAs: readonly string[];
  /** the roles of the ledger that he may take */
  readonly roles: readonly string[];
  /** false before the first migration */
  readonly isSchemaThere: boolean;
}

/** Who is logged in, whatever role he has taken on since. */
export async function loginOf(client: ClientBase, schema: string): Promise<LedgerLogin> {
  const { rows } = await client.query<LedgerLogin>(
    `with owned as (
       select 'the database' as what, datdba as owner from pg_database where datname = current_database()
       union all select 'the schema ' || nspname, nspowner from pg_namespace where nspname = $1
       union all (select 'the tables', c.relowner from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
         where n.nspname = $1 and c.relkind in ('r', 'p', 'v') group by c.relowner)
     )
     select session_user::text as user, (select rolsuper from pg_roles where rolname = session_user) as "isSuperuser",
       array(select distinct what from owned where pg_has_role(session_user, owner, 'member') order by what) as owns,
       array(select rolname::text from pg_roles where rolname = any ($3) and pg_has_role(session_user, oid, 'member')) as "writesAs",
       array(select rolname::text from pg_roles where rolname = any ($2) and pg_has_role(session_user, oid, ${setPrivilege})) as roles,
       exists (select from pg_namespace where nspname = $1) as "isSchemaThere"`,
    [schema, Object.values(rolesOf(schema)), writingRoles],
  );
  const [login] = rows;
  if (!login) throw new TypeError('somebody is logged in');
  return login;
}

interface Wanted {
  readonly schema: string;
  readonly as: LedgerRole;
  /** throws what is wrong; without it, it is handed back */
  readonly refuse: boolean;
}

/** Why the login is not one to work with; null where it is. A schema that is not there yet says so by itself. */
export async function requireLogin(client: ClientBase, { schema, as, refuse }: Wanted): Promise<string | null> {
  const login = await loginOf(client, schema);
  const why = (refuse ? whyTooMuch(login, { schema, as }) : null) ?? whyNoRole(login, { schema, as });
  if (why === null || !refuse) return why;
  throw failure('CONFIGURATION_INVALID', why, { user: login.user, owns: login.owns });
}

/** For a process that starts without its ledger: an answer refuses, no answer is told of when it is needed. */
export async function refuseOwner(databaseUrl: string, wanted: Omit<Wanted, 'refuse'>): Promise<void> {
  const client = new Client({ connectionString: databaseUrl, connectionTimeoutMillis: 2_000, query_timeout: 2_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    await requireLogin(client, { ...wanted, refuse: true });
  } catch (error) {
    if (errorCode(error) === 'CONFIGURATION_INVALID') throw error;
  } finally {
    await client.end().catch(() => {});
  }
}

type Place = Pick<Wanted, 'schema' | 'as'>;

/** Whoever owns a table may switch its triggers off, and whoever owns the schema or is a superuser may do anything. */
export function whyTooMuch({ user, owns, isSuperuser, writesAs }: LedgerLogin, place: Place): string | null {
  if (!isSuperuser && owns.length === 0 && writesAs.length === 0) return null;
  const owned = owns.length === 0 ? `has ${writesAs.join(', ')}` : `owns ${owns.join(', ')}`;
  const what = isSuperuser ? 'is a superuser' : owned;
  return `DATABASE_URL logs in as "${user}", who ${what}, and so could change what the ledger holds. Give it a login that owns nothing: ${remedyOf(place)} The owner's login belongs in MLOPS_MIGRATION_URL, for "temporal-mlops migrate" alone.`;
}

export function whyNoRole({ user, roles, isSchemaThere }: LedgerLogin, place: Place): string | null {
  if (roles.length > 0 || !isSchemaThere) return null;
  return `DATABASE_URL logs in as "${user}", who may take none of the ledger's roles and works with his own rights: ${remedyOf(place)}`;
}

/** As an administrator runs it. */
export function remedyOf({ schema, as }: Place): string {
  const role = rolesOf(schema)[as];
  return `create role <login> login password '…'; grant "${role}" to <login>;`;
}
