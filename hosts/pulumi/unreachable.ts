/**
 * Releases in clusters that are gone for good. PULUMI_K8S_DELETE_UNREACHABLE has the Kubernetes plugin give objects up
 * there; of a release it says that it cannot be deleted, and the command fails.
 * https://www.pulumi.com/registry/packages/kubernetes/installation-configuration/
 */
import type { EngineEvent, Stack } from "@pulumi/pulumi/automation";
import { readSealedState } from "./sealedState";

const REFUSAL = /can't delete Helm Release with unreachable cluster/;

export class UnreachableReleases {
    #refused = new Set<string>();

    /** Keeps which release the plugin refused to delete, if an event says so. */
    public notice({ diagnosticEvent }: EngineEvent): void {
        const { urn, message = "" } = diagnosticEvent ?? {};
        if (urn !== undefined && REFUSAL.test(message)) this.#refused.add(urn);
    }

    /**
     * Takes the refused releases out of the stack's state; all that needed them has been deleted before.
     * @returns Whether there were any, so that the command can go on when it runs again.
     */
    public async forget(stack: Stack, write: (line: string) => void): Promise<boolean> {
        const refused = this.#refused;
        if (refused.size === 0) return false;
        this.#refused = new Set();
        const { deployment, ...rest } = await readSealedState(stack);
        const resources = deployment.resources?.filter(({ urn }) => !refused.has(urn));
        await stack.importStack({ ...rest, deployment: { ...deployment, resources } });
        write(`${refused.size} releases in clusters that do not answer are forgotten; going on with the others.`);
        return true;
    }
}
