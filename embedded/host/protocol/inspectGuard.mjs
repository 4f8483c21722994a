/**
 * Loaded before a program. Node 20's util.inspect never ends when it colours a stack trace with a path such as
 * `node_modules/@pulumi/stack.ts` (https://github.com/nodejs/node/issues/64011), which the SDK's source maps give,
 * and the SDK's launcher inspects in colour whatever a program throws, and what holds it. So nothing is inspected in colour.
 */
import util from "node:util";

const { inspect } = util;

util.inspect = Object.assign(
    (value, options, ...rest) => inspect(value, options?.colors ? { ...options, colors: false } : options, ...rest),
    inspect,
);
