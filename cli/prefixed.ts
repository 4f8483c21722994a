/** Lines of several stacks side by side, each with the name of its stack. */
export function prefixed(
    stack: string,
    stacks: readonly string[],
    write: (line: string) => void,
): (line: string) => void {
    const width = Math.max(...stacks.map((name) => name.length));
    return stacks.length === 1
        ? write
        : (line) => {
              write(`${stack.padEnd(width)} │ ${line}`);
          };
}
