/** Istio's tests that fail on local clusters for what their proxies are, upstream Envoy without Istio's filters, and why. */

/**
 * Istio's filter istio.alpn tells the server's proxy that a request is HTTP. Without it, HTTP that the client's proxy has only
 * recognised by its first bytes reaches the server as TCP, and so without the header in which these tests look for mutual TLS.
 */
const NO_ALPN = "X-Forwarded-Client-Cert is added to HTTP alone, and this request arrives as TCP";

export const EXPECTED_FAILURES: Readonly<Record<string, string>> = {
    "TestTraffic/externalname/with_port/auto-http": NO_ALPN,
    "TestTraffic/externalname/with_port/auto-http#01": NO_ALPN,
    "TestTraffic/externalname/without_port/auto-http": NO_ALPN,
    "TestTraffic/externalname/without_port/auto-http#01": NO_ALPN,
};

/** All tests of this case fail for the same reason, after 30 seconds each. */
export const LEFT_OUT = "^TestTraffic$/^host$";
