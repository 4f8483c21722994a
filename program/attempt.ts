/** What `read` gives; undefined where it throws, as parsers of foreign input do. */
export function attempt<T>(read: () => T): T | undefined {
    try {
        return read();
    } catch {
        return undefined;
    }
}
