/** Whether a host, as a URL or a setting names it, is this machine alone. A name that only begins like 127.0.0.1 is not. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  return name === 'localhost' || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name);
}
