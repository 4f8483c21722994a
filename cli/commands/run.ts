/** `mesh up`, `preview` and `refresh`. */
import { runStack } from "../host";
import type { Session } from "../session";

export async function up(session: Session, stack: string): Promise<void> {
    await runStack(session, "up", stack);
}

export async function preview(session: Session, stack: string): Promise<void> {
    await runStack(session, "preview", stack);
}

export async function refresh(session: Session, stack: string): Promise<void> {
    await runStack(session, "refresh", stack);
}
