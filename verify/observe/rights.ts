import type * as client from "@kubernetes/client-node";
import { type Client, statusOf } from "./connection";

/** https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access */
export interface Permission {
    readonly verb: string;
    /** Of the API; empty for the core group. */
    readonly group: string;
    /** In the plural, e.g. `secrets`. */
    readonly resource: string;
}

/** A rule of a ClusterRole. */
export interface Rule {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
}

/** What a user may do in all namespaces of a cluster. Asking changes nothing. */
export class Rights {
    private readonly authorization: client.AuthorizationV1Api;
    private readonly roles: client.RbacAuthorizationV1Api;

    /** @param ask Waits for an answer to what it is told. */
    public constructor(
        private readonly library: Client,
        configuration: client.Configuration,
        private readonly ask: <T>(what: string, answer: Promise<T>) => Promise<T>,
    ) {
        this.authorization = new library.AuthorizationV1Api(configuration);
        this.roles = new library.RbacAuthorizationV1Api(configuration);
    }

    public async may({ verb, group, resource }: Permission): Promise<boolean> {
        const { V1SelfSubjectAccessReview, V1SelfSubjectAccessReviewSpec, V1ResourceAttributes } = this.library;
        const body = new V1SelfSubjectAccessReview();
        body.spec = new V1SelfSubjectAccessReviewSpec();
        body.spec.resourceAttributes = Object.assign(new V1ResourceAttributes(), { verb, group, resource });
        const review = this.authorization.createSelfSubjectAccessReview({ body });
        const { status } = await this.ask(`asking whether it may ${verb} ${resource}`, review);
        return status?.allowed ?? false;
    }

    /** What of all this the user may not do, e.g. `list pods`. */
    public async lacking(permissions: readonly Permission[]): Promise<string[]> {
        const answers = await Promise.all(permissions.map((permission) => this.may(permission)));
        return permissions
            .filter((_, index) => answers[index] === false)
            .map(({ verb, resource }) => `${verb} ${resource}`);
    }

    /**
     * Whether the user may make a ClusterRole with such rules, which takes that it has these rights itself, or `escalate`.
     * A dry run: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping
     */
    public async mayGrant(rules: readonly Rule[]): Promise<boolean> {
        const { V1ClusterRole, V1ObjectMeta, V1PolicyRule } = this.library;
        const body = new V1ClusterRole();
        body.metadata = Object.assign(new V1ObjectMeta(), { generateName: "istio-multicluster-" });
        body.rules = rules.map((rule) => Object.assign(new V1PolicyRule(), rule));
        const made = this.roles.createClusterRole({ body, dryRun: "All" }).then(
            () => true,
            (error: unknown) => {
                if (statusOf(error) === 403) return false;
                throw error;
            },
        );
        return this.ask("asking whether it may make ClusterRoles", made);
    }
}
