/** Property paths: `spec.replicas`, `data["ca.crt"]`, `items[0].name`. */

/** https://www.pulumi.com/docs/iac/concepts/miscellaneous/property-paths/ */
export function formatPath(path: readonly (string | number)[]): string {
    return path
        .map((step, position) => {
            if (typeof step === "number") return `[${step}]`;
            if (!/^[^.[\]"]+$/.test(step)) return `[${JSON.stringify(step)}]`;
            return position === 0 ? step : `.${step}`;
        })
        .join("");
}
