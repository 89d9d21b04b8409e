// Audiences as a program's files have them.

/** An audience of audiences.yaml. Without when its rule is more than a condition, and changed as text. */
export interface Audience { id: string, says: string, when: string | undefined }

/** The audiences that a file's values hold, by name. */
export function audiencesOf (value: unknown): Audience[] {
  const all = (value as { audiences?: Record<string, unknown> } | null | undefined)?.audiences ?? {}
  return Object.entries(all).map(([id, x]) => {
    if (typeof x === 'string') return { id, says: '', when: x }
    const { says, when } = (x ?? {}) as { says?: unknown, when?: unknown }
    return { id, says: typeof says === 'string' ? says : '', when: typeof when === 'string' ? when : undefined }
  })
}

/** The files that ask for an audience by its name. */
export function usersOf (files: Record<string, string>, id: string): string[] {
  return Object.keys(files).filter((f) => new RegExp(`in_audience\\(\\s*["']${id}["']`).test(files[f] ?? '')).sort()
}

/** What audiences.yaml says of an audience. */
export const valueOf = (a: { says: string, when: string }) => ({ ...(a.says.trim() === '' ? {} : { says: a.says.trim() }), when: a.when.split(/\s*\n\s*/).join(' ').trim() })

/** A whole audiences.yaml of one audience, for a program that has none. JSON's strings are YAML's. */
export const fileOf = (id: string, a: { says: string, when: string }) => `audiences:\n  ${id}: {${Object.entries(valueOf(a)).map(([k, v]) => `${k}: ${JSON.stringify(v)}`).join(', ')}}\n`

/** A name that files may use, of what somebody wrote. */
export const nameOf = (written: string) => written.toLowerCase().normalize('NFKD').replaceAll(/\p{M}/gu, '').replaceAll(/[^a-z0-9]+/g, '_').replaceAll(/^_+|_+$/g, '').slice(0, 40)
