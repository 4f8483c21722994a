/** Keeps secrets out of every line that a person or a log sees. */
import { SECRET_TEXT, secretStrings, type Value } from "../state/values";

/** Shorter values are words rather than keys; hiding them would only garble the text. */
const SHORTEST = 6;

export class Redactor {
    readonly #hidden = new Set<string>();
    #pattern: RegExp | undefined;

    /** Hides the secrets inside a value from now on: as they are, line by line (PEM), and in base64 (Kubernetes). */
    public learn(value: Value): void {
        for (const text of secretStrings(value)) {
            if (text.length < SHORTEST || this.#hidden.has(text)) continue;
            const lines = text.split("\n").filter((line) => !line.startsWith("-----") && line.length > 2 * SHORTEST);
            for (const form of [text, Buffer.from(text).toString("base64"), ...lines]) this.#hidden.add(form);
            this.#pattern = undefined;
        }
    }

    public redact(text: string): string {
        if (this.#hidden.size === 0) return text;
        this.#pattern ??= new RegExp(
            [...this.#hidden]
                .sort((left, right) => right.length - left.length)
                .map((hidden) => hidden.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
                .join("|"),
            "g",
        );
        return text.replace(this.#pattern, SECRET_TEXT);
    }
}
