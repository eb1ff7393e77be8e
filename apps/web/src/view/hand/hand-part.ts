import { keepFocus } from "../lost-focus.ts";

keepFocus();

/** What few listeners need, in one script that comes when the first of it does. */
export { BlocksDialog } from "./blocks-dialog.tsx";
export { HandButton } from "./hand-button.tsx";
export { NamedInvitation } from "./named-invitation.tsx";
export { PersonDialog } from "./person-dialog.tsx";
