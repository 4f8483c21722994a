/** A real browser, without a window. */
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import { installPackages } from "../../embedded/toolchain/machine/debian";

/** Debian's build: the one that Playwright would fetch is of no package registry. */
const CHROMIUM = "/usr/bin/chromium";

export async function openBrowser(): Promise<Browser> {
    if (!existsSync(CHROMIUM)) {
        await installPackages(["chromium", "fonts-dejavu-core"], console.log);
    }
    // Chromium's own sandbox refuses to start as root, and nothing but our own page is opened.
    return chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
}
