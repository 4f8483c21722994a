import type { EastWestService } from "../../verify/observe/eastWest";

/** The Service of an east-west gateway as charts make it, open and ready. */
export function gatewayService(changes: Partial<EastWestService> & { readonly network: string }): EastWestService {
    return {
        name: "istio-eastwestgateway",
        dials: [{ address: "10.1.0.40", port: 15443 }],
        port: 15443,
        targetPort: 15443,
        statusPort: 15021,
        isInternal: false,
        pods: 1,
        isOpen: true,
        ...changes,
    };
}
