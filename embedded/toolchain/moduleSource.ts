/** Source of Go modules that those in go/ require. */
import { build } from "./command";
import { goModule } from "./pins";

/** @param of Folder below go/. @returns Folder of the module's source; downloaded where that is still to do. */
export async function moduleSource(of: string, module: string): Promise<string> {
    const options = {
        cwd: goModule(of),
        env: { GOFLAGS: "", GOWORK: "off" },
        fix: "Check that Go reaches its module proxy (go env GOPROXY), then run again",
    };
    await build("go", ["mod", "download", module], options);
    return (await build("go", ["list", "-m", "-f", "{{.Dir}}", module], options)).trim();
}

/** Folder of Istio's source. */
export function istioSource(): Promise<string> {
    return moduleSource("istio", "istio.io/istio");
}
