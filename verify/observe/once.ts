/** What an object that may remember its answers says of itself. */
export interface Remembering {
    /** Whether a question that was asked before gets the same answer. */
    readonly remembers: boolean;
}

/** Has a method ask only once for the same arguments, which are compared as JSON. A decorator: https://github.com/tc39/proposal-decorators */
export function once<This extends Remembering, Args extends unknown[], Answer>(
    method: (this: This, ...args: Args) => Answer,
): (this: This, ...args: Args) => Answer {
    const answers = new WeakMap<This, Map<string, Answer>>();
    return function (...args) {
        if (!this.remembers) {
            return method.apply(this, args);
        }
        const known = answers.get(this) ?? new Map<string, Answer>();
        answers.set(this, known);
        const question = JSON.stringify(args);
        const answer = known.get(question) ?? method.apply(this, args);
        known.set(question, answer);
        return answer;
    };
}
