/** The error that a promise rejects with; fails when it does not. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
    const outcome = await promise.then(
        () => undefined,
        (error: unknown) => error,
    );
    if (outcome instanceof Error) return outcome;
    throw new Error("the promise did not reject with an error");
}
