/** The certificates of a text, PEM, each by itself. */
export function certificatesIn(text: string): string[] {
    return text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}
